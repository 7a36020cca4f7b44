"""The subcommands of ``art-installation``, one module each.

A command module offers ``add_parser(subparsers)``, which sets ``func`` to its ``run(args) -> int``. Its imports at
module level are light: what a command needs to work is imported when it runs, so that ``--help`` answers at once.
"""
