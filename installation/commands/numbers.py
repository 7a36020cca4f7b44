"""Range checks for numbers on the command line."""

from installation.errors import UsageError


def check_range(option: str, value: float, least: float, most: float) -> None:
    """Refuse a number out of range; NaN is out of every range.

    Raises:
        UsageError: the number is out of range.
    """
    if not least <= value <= most:
        raise UsageError(f"{option} {value:g}: must be {least:g} to {most:g}")
