"""A director on a clock of the test's own."""

from datetime import datetime

from installation.settings import ShowSettings
from installation.show.director import SHORTEST_MORPH, Director
from installation.show.offer import Offer, OfferedStyle

STYLES = ("great-wave", "scream", "tahiti", "photo")
NOON = datetime(2026, 11, 24, 12, 0)  # a Tuesday


def director(now=0.0, styles=STYLES, **show) -> Director:
    return Director(ShowSettings(**show), an_offer(*styles, first=show.get("style", "")), now)


def an_offer(*names, first=""):
    return Offer(tuple(OfferedStyle(name=name, title="", artist="", year="") for name in names), first)


def at(director, now):
    return director.scene(now, NOON)


def after(director, now):
    """The scene when the shortest morph is over."""
    return at(director, now + SHORTEST_MORPH)
