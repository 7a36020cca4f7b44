"""The presenter: chooses what is on screen, the picture with its caption, a card, or black."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from installation.collection import Style
from installation.display.base import Caption, Card, Identify, Notice, View
from installation.display.caption import Shares, caption_of, presence, shares_of
from installation.display.words import Words
from installation.frame import Pixels
from installation.mirror import cards
from installation.service.address import local_address
from installation.settings import IdentitySettings, Settings
from installation.show.director import Scene

FADE_IN = 0.6
FADE_OUT = 1.2
"""Seconds that the caption takes to fade in and out."""
CAPTION_SECONDS = 1.0
"""Least seconds between two captions: a paper label on a dark painting must not flash."""
SETTLED_SECONDS = 0.4
"""A mix that stays so long gets its own caption; what changes faster is a morph, captioned with its target."""
IDENTIFY_SECONDS = 20.0
STARTING_SECONDS = 10.0
"""Seconds without a first picture after which the card no longer says that the mirror is starting."""


class Presenter:
    """Turns a scene and a picture into a `View`. Pure logic; the caller passes the time.

    ``style`` looks up a style by name; ``lines`` returns the lines of the identify overlay when it appears.
    """

    def __init__(
        self,
        settings: Settings,
        style: Callable[[str], Style],
        lines: Callable[[], Sequence[str]],
        words: Words,
    ) -> None:
        self._name = settings.installation.name
        self._show = settings.show
        self._display = settings.display
        self._url = settings.page.url if settings.display.qr else ""
        self._style = style
        self._words = words
        self._lines = lines
        self._starting_until: float | None = None
        self._shares: Shares = ()
        self._shares_since = 0.0
        self._captioned: Shares = ()
        self._label: Caption | None = None
        self._caption_since = self._text_since = 0.0
        self._identify: Identify | None = None
        self._identify_until = 0.0

    def identify(self, now: float) -> None:
        """Show the identify overlay for twenty seconds."""
        self._identify = Identify(tuple(self._lines()))
        self._identify_until = now + IDENTIFY_SECONDS

    def view(
        self,
        scene: Scene,
        picture: Pixels | None,
        now: float,
        notice: Notice | None = None,
        today: date | None = None,
    ) -> View:
        """The view of this moment.

        ``picture`` is None while there is none that is recent enough to show, ``today`` while the clock is unknown.
        """
        identify = self._identify if now < self._identify_until else None
        if scene.phase == "off":
            return View(black=True, identify=identify)
        if scene.phase == "closed":
            return View(card=cards.closed(self._name, self._show, today, self._words), identify=identify)
        if picture is None:
            return View(card=self._waiting_card(now), identify=identify)
        self._starting_until = now
        return View(picture=picture, caption=self._caption(scene, now), notice=notice, identify=identify)

    def _waiting_card(self, now: float) -> Card:
        if self._starting_until is None:
            self._starting_until = now + STARTING_SECONDS
        card = cards.starting if now < self._starting_until else cards.no_camera
        return card(self._name, self._words)

    def _caption(self, scene: Scene, now: float) -> Caption | None:
        if not self._display.caption:
            return None
        shares = self._told(scene, now)
        if not self._captioned or now - self._text_since >= CAPTION_SECONDS:
            if _names(shares) != _names(self._captioned):
                self._caption_since = now
            if shares != self._captioned:
                # Made now: a reload may take the style away while its caption is still shown.
                self._label = caption_of(shares, self._style, self._words, self._url)
                self._captioned, self._text_since = shares, now
        there = presence(scene.mix, scene.strength)
        if there == 0:
            self._caption_since = now  # comes again with the paint
        alpha = round(self._alpha(now - self._caption_since) * there, 2)
        return replace(self._label, alpha=alpha) if self._label is not None and alpha > 0 else None

    def _told(self, scene: Scene, now: float) -> Shares:
        """What the caption should say now: the mix that is on screen, or while it changes, where it goes."""
        shares = shares_of(scene.mix, scene.strength)
        if shares != self._shares:
            self._shares, self._shares_since = shares, now
        if now - self._shares_since >= SETTLED_SECONDS or len(shares) == 1:
            return shares
        if scene.style in _names(self._captioned):
            return self._captioned
        return shares_of({scene.style: 1.0}, scene.strength)

    def _alpha(self, age: float) -> float:
        """Opacity 0…1 of a caption that appeared ``age`` seconds ago."""
        seconds = self._display.caption_seconds
        coming = age / FADE_IN
        going = (seconds - age) / FADE_OUT if seconds else 1.0
        return round(max(0.0, min(coming, going, 1.0)), 2)


def _names(shares: Shares) -> list[str]:
    return [name for name, _ in shares]


def identity_lines(me: IdentitySettings, version: str) -> tuple[str, ...]:
    """The lines of the identify overlay: id, name, address on the network, version."""
    return me.id, me.name, local_address() or "no network", f"version {version}"
