"""The part of the examination that needs a person: tries each part and records the answer."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from installation.camera import make_camera
from installation.control.buttons import Buttons, wanted
from installation.display import make_display
from installation.display.base import View
from installation.doctor.check import Check
from installation.doctor.pattern import screen_pattern
from installation.network.tflite import SIZE
from installation.settings import ButtonsSettings, CameraSettings, DisplaySettings
from installation.show.commands import Command

CAMERA_SECONDS: Final = 5.0
PATTERN_SECONDS: Final = 8.0
BUTTON_SECONDS: Final = 20.0
_PATTERN: Final = (960, 540)
_SLOW: Final = 0.8

Ask = Callable[[str], str]
"""Asks a question; returns the answer in lower case, empty where nobody answers."""


def ask_person(question: str) -> str:
    """Ask at the terminal; empty where there is no terminal."""
    if not sys.stdin.isatty():
        return ""
    try:
        return input(f"{question} ").strip().lower()
    except EOFError:
        return ""


def try_camera(settings: CameraSettings, seconds: float = CAMERA_SECONDS) -> Check:
    """Count the camera's frames for some seconds."""
    camera = make_camera(settings.source, settings, SIZE)
    try:
        camera.open()
        camera.read()
        start, frames = time.monotonic(), 0
        while (elapsed := time.monotonic() - start) < seconds:
            camera.read()
            frames += 1
    finally:
        camera.close()
    rate = frames / elapsed
    found = f"{camera.name}: {rate:.1f} frames a second of the {settings.fps:g} asked for"
    if rate < _SLOW * settings.fps:
        return Check("camera", "note", found, "more light, or a lower camera.fps")
    return Check("camera", "ok", found)


def try_screen(settings: DisplaySettings, ask: Ask = ask_person, seconds: float = PATTERN_SECONDS) -> Check:
    """Show a test picture, and ask whether it is complete."""
    display = make_display(settings.mode, settings)
    pattern = screen_pattern(*_PATTERN)
    done = threading.Event()
    answer: list[str] = []

    def question() -> None:
        answer.append(ask("On the screen: colour bars, greys below, a round circle, a white edge on all sides? [y/n]"))
        done.set()

    display.open()
    try:
        found = f"{display.name} ({display.driver})"
        asking = threading.Thread(target=question, daemon=True)
        start = time.monotonic()
        asking.start()
        # A person may take longer to look; without one there is no reason to wait.
        while time.monotonic() - start < seconds or (not done.is_set() and sys.stdin.isatty()):
            display.show(View(picture=pattern))
            display.events()
            time.sleep(0.1)
    finally:
        display.close()
    return judged("screen", found, "".join(answer), "check the cable, kiosk_hdmi_mode and display.rotation")


def try_buttons(settings: ButtonsSettings, seconds: float = BUTTON_SECONDS) -> Check:
    """Wait for a press of each button in the settings."""
    if not wanted(settings):
        return Check("buttons", "skipped", "the settings name none")
    expected = len(settings.styles) + sum(pin is not None for pin in (settings.next, settings.previous))
    expected += 2 * (settings.encoder is not None)
    seen: set[Command] = set()
    print(f"Press every button once and turn the encoder both ways, within {seconds:g} seconds.", flush=True)
    with Buttons(settings, seen.add):
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(seen) < expected:
            time.sleep(0.1)
    found = f"{len(seen)} of {expected} answered"
    if len(seen) < expected:
        return Check("buttons", "bad", found, "check the wires, and the pins in [buttons]")
    return Check("buttons", "ok", found)


def judged(name: str, found: str, answer: str, cure: str) -> Check:
    """The result by a person's yes or no."""
    if answer.startswith("y"):
        return Check(name, "ok", f"{found}, seen")
    if answer.startswith("n"):
        return Check(name, "bad", f"{found}, not as it should be", cure)
    return Check(name, "note", f"{found}, nobody was asked", "look at the screen")
