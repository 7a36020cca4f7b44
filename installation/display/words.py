"""The texts on screen for visitors, in the gallery's language."""

import logging
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from installation.errors import SettingsError
from installation.files import read_toml
from installation.paths import from_person

LARGEST_FILE: Final = 16 * 1024

Sentence = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,160}\Z")]
Short = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,24}\Z")]

logger = logging.getLogger(__name__)


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The texts of one language; those that a file leaves out are English."""

    name: Short = "Living mirror"
    """Above every card, where the installation has no name of its own."""
    starting: Sentence = "Mixing the paints …"
    """From power-on to the first picture."""
    no_camera: Sentence = "Back in a moment."
    """While the camera gives no frames."""
    closed: Sentence = "Closed now."
    """Above the opening hours."""
    closed_today: Sentence = "Closed today."
    """The same on a date that is an exception."""
    today: Short = "Today"
    """Before the opening hours of such a date."""
    pause: Sentence = "This picture takes a short break. It comes back by itself."
    """While the mirror cannot start."""
    mirror: Short = "Mirror"
    """The caption of the plain mirror."""
    souvenir_countdown: Sentence = "Your picture to take home in"
    """Above the seconds that are left."""
    souvenir_painting: Sentence = "Your picture is being painted …"
    souvenir_link: Sentence = "Scan the code: your picture, for {minutes} minutes at most."
    """Beside the QR code of the link."""
    souvenir_printed: Sentence = "Your picture is being printed."
    souvenir_wait: Sentence = "One moment: the next picture to take home in a little while."
    """When a wish comes too soon after the last."""
    souvenir_failed: Sentence = "That did not work. Please try again later."
    days: tuple[Short, Short, Short, Short, Short, Short, Short] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    """From Monday on."""
    from_to: Short = "–"
    """Between two days."""
    comma: Short = ", "
    """Between spans of days."""


def words(language: str) -> Words:
    """The words for ``language``: en, de, fr, zh, or the path of a TOML file with the fields of `Words`.

    Raises:
        SettingsError: the file cannot be read, or has other keys or values than texts.
    """
    if language == "en":
        return Words()
    own = language.endswith(".toml")
    path = from_person(language) if own else Path(__file__).with_name("languages") / f"{language}.toml"
    try:
        return msgspec.convert(read_toml(path, LARGEST_FILE, SettingsError), Words)
    except SettingsError as error:
        raise SettingsError(f"display.language: {error}") from None
    except msgspec.ValidationError as error:
        known = ", ".join(Words.__struct_fields__)
        raise SettingsError(f"display.language: {path}: {error}; the keys are {known}") from None


def title_of(name: str, words: Words) -> str:
    """The title of a card: the installation's name, or what every mirror is called where it has none of its own."""
    return words.name if name == Words().name else name


def usable_words(language: str) -> Words:
    """The words for ``language``, or the English ones with a warning: a wrong file does not stop the exhibit."""
    try:
        return words(language)
    except SettingsError as error:
        logger.warning("%s; using English", error)
        return Words()
