import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from installation.control.mqtt.topics import Topics
from installation.fleet.ago import ago
from installation.fleet.roster import LIMIT, Roster
from installation.fleet.table import status_rows, status_table

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def heard(*messages, retained=True):
    roster = Roster(Topics("base"))
    for rest, payload in messages:
        roster.receive(f"base/pi1/{rest}", payload.encode(), retained, NOW)
    return roster.members.get("pi1")


ONLINE = ("availability", "online")


def test_problems_in_words():
    report = '{"camera":"no frame","display":"ok","temperature":84.2,"throttled":true}'
    assert heard(ONLINE, ("health", report)).problems(NOW) == [
        "camera: no frame", "hot: 84 °C", "throttled by heat or a weak power supply"
    ]  # fmt: skip
    assert heard(("availability", "offline"), ("health", report)).problems() == ["offline"]
    assert heard(ONLINE).problems() == ["no health report"]
    assert heard(ONLINE, ("health", "{}")).problems() == []


def test_one_that_the_broker_believes_to_be_there():
    member = heard(ONLINE, ("health", '{"at":"2026-11-24T11:00:00Z"}'))
    assert member.problems(NOW) == ["silent since 2026-11-24 11:00 UTC"]
    assert heard(ONLINE, ("health", '{"at":"2026-11-24T11:00:00Z"}'), retained=False).problems(NOW) == []


def test_what_is_on_screen():
    assert heard(("style/state", "scream"), ("phase/state", "visitor")).style == "scream"
    assert heard(("style/state", "scream"), ("phase/state", "closed")).style == "closed"


def test_it_is_bounded():
    roster = Roster(Topics("base"))
    for number in range(LIMIT + 10):
        roster.receive(f"base/pi{number}/availability", b"online", True, NOW)
    assert len(roster.members) == LIMIT


@settings(deadline=None)
@given(st.text(max_size=60), st.binary(max_size=200))
def test_anything_may_come(topic, payload):
    roster = Roster(Topics("base"))
    for name in (topic, f"base/{topic}", "base/pi1/health", "base/pi1/info", "base/pi1/style/state"):
        roster.receive(name, payload, True, NOW)
    for member in roster.members.values():
        assert isinstance(member.problems(NOW), list)


def test_times_for_people():
    assert [ago(NOW - timedelta(seconds=one), NOW) for one in (-5, 3, 119, 600, 7200, 200_000)] == [
        "0 s", "3 s", "119 s", "10 min", "2 h", "2 d"
    ]  # fmt: skip
    assert ago(None, NOW) == "never"


HOSTILE = "\x1b[2J\x1b]8;;http://evil\x07here\x9b31m\u202e[/][red]" + "x" * 5000


def test_hostile_text_is_one_printable_line_of_bounded_length():
    report = json.dumps(
        {"camera": HOSTILE, "display": HOSTILE, "version": HOSTILE, "temperature": 1e300, "fps": -1e300}
    )
    info = json.dumps({"name": HOSTILE, "group": HOSTILE, "version": HOSTILE, "styles": [{"name": HOSTILE}]})
    member = heard(ONLINE, ("health", report), ("info", info), ("style/state", HOSTILE), ("phase/state", HOSTILE))
    said = [member.group, member.style, member.info.name, member.info.styles[0].name, member.health.version]
    for text in (*said, *member.problems(NOW)):
        assert text.isprintable()
        assert len(text) <= 500
    assert len(json.dumps(status_rows([member]))) < 4000
    out = io.StringIO()
    console = Console(file=out, width=240, force_terminal=True)
    console.print(status_table([member]))  # neither an error of markup nor an escape that is not our own
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert "[/][red]" in shown.replace("\n", "")
    assert all(line.isprintable() for line in shown.splitlines())


@pytest.mark.parametrize("identity", ["\x1b[2J", "all", "-a", "A", "x" * 64, "", "a\u202e"])
def test_what_can_be_no_id_is_nobody(identity):
    roster = Roster(Topics("base"))
    assert roster.receive(f"base/{identity}/availability", b"online", True, NOW) is None


def test_an_id_is_whole_on_a_narrow_screen():
    screen = io.StringIO()
    Console(file=screen, width=50).print(status_table([heard(ONLINE)]))
    assert "pi1 " in screen.getvalue()
    assert all(len(line) <= 50 for line in screen.getvalue().splitlines())
