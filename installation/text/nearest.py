"""Suggests the name that was probably meant."""

import difflib
from collections.abc import Iterable


def likely(name: str, names: Iterable[str]) -> str:
    """The most similar name; empty where none is similar."""
    known = {one.lower(): one for one in names}
    word = name.lower()
    close = difflib.get_close_matches(word, known, 1)
    if close:
        return known[close[0]]
    holding = [one for one in known if len(word) > 2 and word in one]
    return known[holding[0]] if len(holding) == 1 else ""


def nearest(name: str, names: Iterable[str]) -> str:
    """A cure for a wrong name: the name that was probably meant, or the list of all."""
    names = list(names)
    meant = likely(name, names)
    return f"did you mean '{meant}'?" if meant else f"choose from {', '.join(names)}"
