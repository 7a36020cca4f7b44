"""Which version this is."""

from importlib import metadata


def version() -> str:
    """The installed version, such as ``0.1.0``; ``0+source`` when run from a source tree that was never installed."""
    try:
        return metadata.version("art-installation")
    except metadata.PackageNotFoundError:
        return "0+source"
