"""Makes souvenirs: a countdown, a print painted in a process of its own, then the hub's link, a printer, or both.

Nothing is kept: picture and secret are forgotten here as soon as the QR code leaves the screen, and nothing is written
to a disk. One at a time, with a pause between two, so that no visitor can keep the mirror busy.
"""

import logging
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from installation.display.base import Notice
from installation.display.words import Words
from installation.errors import CommandError, InstallationError
from installation.fault_log import FaultLog
from installation.frame import Frame, Pixels
from installation.mirror.background import BackgroundTask
from installation.mirror.paper import print_on_paper
from installation.settings import SouvenirSettings
from installation.show.director import RESTING, Scene

SECRET_BYTES: Final = 24
"""Random bytes of a link: 192 bits cannot be guessed, and make a QR code that is still easy to read."""
TOLD_SECONDS: Final = 5.0
"""How long a sentence stays on screen that needs no deed."""
LATE: Final = 2.0
"""Seconds after the countdown within which a frame must come."""

Stage = Literal["idle", "counting", "painting", "handing over", "showing", "telling"]
Paint = Callable[[Pixels, NDArray[np.float32]], bytes]

logger = logging.getLogger(__name__)


class HandsOver(Protocol):
    """The way to the hub."""

    def hand_over(self, secret: str, picture: bytes, *, seconds: int, fetches: int) -> None:
        """Begin to send a picture."""

    def handed_over(self) -> str | None:
        """None while it is under way, "" when the hub keeps it, else why it does not."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What the background task leaves: the JPEG, and why it was not printed."""

    picture: bytes
    unprinted: str


class Souvenirs:
    """The owner's settings decide whether there are any. `poll` is called every frame and never waits.

    Args:
        paint: paints a JPEG from a frame's pixels and a style vector; slow, called in a thread of its own.
        hub: the way to the hub.
        vector: the style vector of a scene.
        print_on: gives a picture to a print queue; slow too.
    """

    def __init__(
        self,
        settings: SouvenirSettings,
        words: Words,
        paint: Paint,
        hub: HandsOver,
        vector: Callable[[Scene], NDArray[np.float32]],
        print_on: Callable[[str, bytes], None] = print_on_paper,
    ) -> None:
        self._settings = settings
        self._words = words
        self._paint = paint
        self._hub = hub
        self._vector = vector
        self._print_on = print_on
        self._stage: Stage = "idle"
        self._until = 0.0
        self._rests_until = -math.inf
        self._text = ""
        self._url = ""
        self._printed = True
        self._task: BackgroundTask[_Made] | None = None
        self._problem = "ok"
        self._faults = FaultLog(logger, "souvenirs")

    @property
    def problem(self) -> str | None:
        """``ok``, or why the last souvenir failed; None where there are none."""
        return self._problem if self._settings.enabled else None

    def ask(self, now: float, *, live: bool) -> dict[str, Any]:
        """Begin the countdown; returns the data of the answer. ``live``: the mirror runs, and is not held.

        Raises:
            CommandError: it is refused.
        """
        if not self._settings.enabled:
            raise CommandError("souvenirs are not allowed here; the owner can set souvenir.enabled = true")
        if self._stage not in ("idle", "telling"):
            raise CommandError("a souvenir is being made already; ask again when its code has left the screen")
        if now < self._rests_until:
            self._tell(self._words.souvenir_wait, now)
            raise CommandError(f"the next souvenir is possible in {math.ceil(self._rests_until - now)} s")
        if not live:
            raise CommandError("there is no moving picture on screen now; ask again when the mirror runs")
        self._stage, self._until = "counting", now + self._settings.countdown
        self._rests_until = now + self._settings.cooldown
        return {"seconds": self._settings.countdown}

    def poll(self, now: float, frame: Frame | None, scene: Scene) -> None:
        """Go on with what is due; ``frame`` is one that has just come."""
        if self._stage == "counting" and now >= self._until:
            self._take(now, frame, scene)
        elif self._stage == "painting" and self._task is not None and self._task.done:
            self._painted(self._task, now)
        elif self._stage == "handing over":
            self._handed(self._hub.handed_over(), now)
        elif self._stage in ("showing", "telling") and now >= self._until:
            self._stage, self._url = "idle", ""

    def notice(self, now: float) -> Notice | None:
        """What the screen says now."""
        match self._stage:
            case "counting":
                left = max(1, math.ceil(self._until - now))
                return Notice(self._words.souvenir_countdown, number=str(left))
            case "painting" | "handing over":
                return Notice(self._words.souvenir_painting)
            case "showing":
                text = self._words.souvenir_link.replace("{minutes}", str(self._settings.minutes))
                return Notice(text, url=self._url)
            case "telling":
                return Notice(self._text)
        return None

    def _take(self, now: float, frame: Frame | None, scene: Scene) -> None:
        if scene.phase in RESTING or scene.held or now >= self._until + LATE:
            self._fail("the picture was gone when the countdown ended", now)
        elif frame is not None:
            pixels, vector = frame.pixels.copy(), self._vector(scene).copy()  # both are used again for the next frame
            self._stage, self._task = "painting", BackgroundTask(lambda: self._make(pixels, vector))

    def _make(self, pixels: Pixels, vector: NDArray[np.float32]) -> _Made:
        picture = self._paint(pixels, vector)
        unprinted = ""
        if self._settings.printer:
            try:
                self._print_on(self._settings.printer, picture)
            except InstallationError as error:
                unprinted = str(error)
        return _Made(picture, unprinted)

    def _painted(self, task: BackgroundTask[_Made], now: float) -> None:
        self._task = None
        try:
            made = task.result()
        except InstallationError as error:
            self._fail(str(error), now)
            return
        if made is None:
            return
        self._printed = not made.unprinted
        if made.unprinted:
            self._note(made.unprinted)
        if self._settings.url:
            secret = secrets.token_urlsafe(SECRET_BYTES)
            self._url = f"{self._settings.url.rstrip('/')}/{secret}"
            self._hub.hand_over(
                secret, made.picture, seconds=60 * self._settings.minutes, fetches=self._settings.fetches
            )
            self._stage = "handing over"
        elif made.unprinted:
            self._tell(self._words.souvenir_failed, now)
        else:
            self._fine()
            self._tell(self._words.souvenir_printed, now)

    def _handed(self, outcome: str | None, now: float) -> None:
        if outcome is None:
            return
        if outcome:
            self._url = ""
            self._fail(outcome, now)
            return
        if self._printed:
            self._fine()
        self._stage, self._until = "showing", now + self._settings.shown

    def _fail(self, problem: str, now: float) -> None:
        self._note(problem)
        self._tell(self._words.souvenir_failed, now)

    def _tell(self, text: str, now: float) -> None:
        self._stage, self._text, self._until = "telling", text, now + TOLD_SECONDS

    def _note(self, problem: str) -> None:
        self._problem = problem
        self._faults.fault(f"a souvenir failed: {problem}")

    def _fine(self) -> None:
        self._problem = "ok"
        self._faults.fine()
