"""Cross-field validation: rules that concern more than one key."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from installation.settings.model import BrokerSettings, ButtonsSettings, Settings, ShowSettings, SouvenirSettings

_PINS: Final = 28
_PORTS: Final = 65536


def conflicts(settings: Settings) -> list[str]:
    """The broken rules, each as a sentence that names the key; empty when all hold."""
    return [
        *_broker(settings.broker),
        *_show(settings.show),
        *_souvenir(settings.souvenir, settings.broker),
        *_buttons(settings.buttons),
    ]


def _broker(broker: BrokerSettings) -> Iterator[str]:
    port = re.search(r":([0-9]+)/?\Z", broker.url)
    if port and "://" in broker.url and not 0 < int(port[1]) < _PORTS:
        yield f"broker.url: expected a port from 1 to {_PORTS - 1}, got {port[1]}"
    if bool(broker.cert_file) != bool(broker.key_file):
        there, lacking = ("cert_file", "key_file") if broker.cert_file else ("key_file", "cert_file")
        yield f"broker.{lacking}: is empty, but broker.{there} needs it; give both or none"


def _show(show: ShowSettings) -> Iterator[str]:
    yield from _repeated("show.styles", show.styles)
    if show.style and show.styles and show.style not in show.styles:
        yield f"show.style: '{show.style}' is not among show.styles; add it there or choose one of them"
    for index, span in enumerate(show.opening):
        yield from _repeated(f"show.opening[{index}].days", span.days)
    for index, exception in enumerate(show.exceptions):
        try:
            date.fromisoformat(exception.date)
        except ValueError:
            yield f"show.exceptions[{index}].date: there is no {exception.date} in the calendar"
        if (exception.opens is None) != (exception.closes is None):
            yield f"show.exceptions[{index}]: give opens and closes, or neither for a date that is closed"
    yield from _repeated("show.playlist", [day for playlist in show.playlist for day in playlist.days])
    for index, playlist in enumerate(show.playlist):
        for name in playlist.styles:
            if show.styles and name not in show.styles:
                yield f"show.playlist[{index}].styles: '{name}' is not among show.styles; add it there or leave it out"


def _repeated(key: str, names: Sequence[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{key}: names '{name}' twice; name it once"


def _souvenir(souvenir: SouvenirSettings, broker: BrokerSettings) -> Iterator[str]:
    if not souvenir.enabled:
        return
    if not souvenir.url and not souvenir.printer:
        yield "souvenir.enabled: set souvenir.url or souvenir.printer too; else nobody gets the picture"
    if souvenir.url and broker.url == "none":
        yield "souvenir.url: the picture goes to the hub through the broker; set broker.url too"


def _buttons(buttons: ButtonsSettings) -> Iterator[str]:
    used: dict[int, str] = {}
    for key, pin in _pins(buttons):
        if pin is None:
            yield f"{key}: expected a pin's number from 0 to {_PINS - 1} as key"
        elif pin in used:
            yield f"{key}: pin {pin} is that of {used[pin]} already; give each its own"
        else:
            used[pin] = key


def _pins(buttons: ButtonsSettings) -> Iterator[tuple[str, int | None]]:
    """Each key with its pin; the pin is None where a style's key is not a pin's number."""
    for text in buttons.styles:
        number = int(text) if re.fullmatch(r"0|[1-9][0-9]?", text) else _PINS
        yield f"buttons.styles.{text[:20]}", number if number < _PINS else None
    for name in ("next", "previous"):
        pin = getattr(buttons, name)
        if pin is not None:
            yield f"buttons.{name}", pin
    for index, pin in enumerate(buttons.encoder or ()):
        yield f"buttons.encoder[{index}]", pin
