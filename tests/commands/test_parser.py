import argparse

import pytest

from installation.cli import build_parser, main


def parsers(parser, name="art-installation"):
    """Each parser of the command line with the words that call it."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from parsers(inner, f"{name} {word}")


ALL = dict(parsers(build_parser()))


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_what_it_does_and_what_each_word_means(name):
    parser = ALL[name]
    text = parser.format_help()
    assert parser.prog == name
    assert text.startswith(f"usage: {name} ")
    assert parser.description[:1].isupper()
    assert parser.description.endswith(".")
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            assert action.help, f"{name}: {action.dest} has no help"
            assert not action.help.startswith("("), f"{name}: {action.dest} tells only its default"


@pytest.mark.parametrize(
    ("arguments", "missing", "one"),
    [
        ([], "COMMAND", "demo"),
        (["fleet"], "ORDER", "status"),
        (["styles"], "ACTION", "list"),
        (["export"], "FORMAT", "onnx"),
    ],
)
def test_a_command_without_its_subcommand_lists_them(arguments, missing, one, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert one in said.err.split()
    assert said.err.endswith(f"{' '.join(['art-installation', *arguments])}: error: add one of the {missing}s above\n")


def test_fleet_set_without_a_word_says_what_it_needs(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["fleet", "set"])
    assert exit_.value.code == 2
    assert "required: WHAT VALUE [ID ...]" in capsys.readouterr().err
