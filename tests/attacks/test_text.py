"""A compromised installation, and a hostile style file, write what steers terminals into what people read."""

import itertools
import json
import re
from pathlib import Path

import pytest

from installation.cli import main
from tests.attacks.record import Attack
from tests.builders import write_collection, write_style
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, peer

HOSTILE = (
    "[/]",
    "[link=http://evil]click[/link][blink]",
    "\x1b[2J\x1b[H\x1b[1A",
    "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b2J\x90q\x9c",
    "mirror\u202egnp.exe\u2066",
    "one\ntwo\r\x08\x7fthree\u2028four",
    "\U000e0041\ufeff\x00\ue000",
    "e" + "\u0301" * 500,
    "x" * 4000,
)
_OWN_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_STEERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ue000-\uf8ff]|[\U000e0000-\U000e0fff]"
)


def shown(text: str) -> str:
    """What was printed, seen to be harmless."""
    found = _STEERS.search(_OWN_ESCAPES.sub("", text))
    assert found is None, repr(text[max(0, found.start() - 40) : found.end() + 40])
    assert "\u0301" * 6 not in text
    return text


@NEEDS_MOSQUITTO
@pytest.mark.e2e
def test_a_compromised_installation_writes_to_a_technicians_terminal(tmp_path: Path, capsys, attack: Attack) -> None:
    attack.is_about("A compromised installation puts markup, escapes, links and bidi into all it says of itself")
    hub = Hub(tmp_path, {name: name for name in ("pi1", "pi2", "technician")}, hub_page=False).start()
    (tmp_path / "technician").write_text("technician\n")
    account = ["--broker", hub.url, "--username", "technician", "--password-file", str(tmp_path / "technician")]
    readings = 0
    try:
        with (
            peer(hub.port, user="pi1", password="pi1") as attacker,
            peer(hub.port, user="pi2", password="pi2") as sound,
        ):
            sound.publish(f"{BASE}/pi2/availability", "online", retain=True)
            for text in HOSTILE:
                said = {
                    "availability": "online",
                    "info": json.dumps(
                        dict.fromkeys(("name", "group", "version"), text) | {"styles": [{"name": text}]}
                    ),
                    "health": json.dumps(dict.fromkeys(("camera", "display", "version"), text)),
                    "style/state": text,
                    "phase/state": text,
                }
                for rest, payload in said.items():
                    attacker.publish(f"{BASE}/pi1/{rest}", payload.encode(), retain=True)
                for order in (
                    ["status"],
                    ["status", "--json"],
                    ["set", "style", "scream", "--all"],
                    ["identify", "pi1"],
                ):
                    main(["fleet", order[0], *account, "--timeout", "0.5", *order[1:]])
                    out, err = capsys.readouterr()
                    shown(out + err)
                    readings += 1
                    if order[0] == "status":
                        assert "pi2" in out, "the others are still seen"
    finally:
        hub.stop()
    attack.happened(
        tries=readings, what=f"all {readings} printed, every value as plain text in one line, and the others still seen"
    )


def test_a_style_file_writes_to_terminals_and_captions(tmp_path: Path, capsys, attack: Attack) -> None:
    attack.is_about("A style file with escapes, markup and bidi in its title and artist")
    folder = write_collection(tmp_path / "styles", "sound")
    refused = 0
    for number, (text, key) in enumerate(itertools.product(HOSTILE, ("title", "artist", "year"))):
        file = write_style(folder, f"evil-{number}", **{key: "TEXT"})
        file.write_text(file.read_text("utf-8").replace('"TEXT"', json.dumps(text)), "utf-8")
        for words in (["list"], ["list", "--json"], ["show", file.stem]):
            status = main(["styles", *words, "--collection", str(folder)])
            out, err = capsys.readouterr()
            shown(out + err)
            refused += status != 0
        file.unlink()
    tries = 3 * len(HOSTILE) * 3
    attack.happened(tries=tries, what=f"{refused} refused by name, {tries - refused} printed as plain text in one line")
