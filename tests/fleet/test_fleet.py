import json
import re
import threading
import time

import pytest

from installation.cli import main
from installation.control.mqtt.link import Link
from installation.errors import ControlError
from installation.fleet.client import FleetClient
from installation.show.commands import SetStyle
from tests.control.hub import BASE, free_port, peer, until


@pytest.fixture
def fleet(hub, capsys, tmp_path):
    """Runs a fleet command as a technician; returns its exit status, output and errors."""
    (tmp_path / "technician").write_text("technician\n")
    account = ["--broker", hub.url, "--username", "technician", "--password-file", str(tmp_path / "technician")]

    def run(order, *words, timeout="4"):
        status = main(["fleet", order, *account, "--timeout", timeout, *words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def three(hub, add_mirror):
    """Two in the hall, one in the cellar, all on-line."""
    mirrors = {
        "pi1": add_mirror("pi1"),
        "pi2": add_mirror("pi2"),
        "pi3": add_mirror("pi3", "cellar", camera="no frame"),
    }
    with peer(hub.port, f"{BASE}/+/phase/state", user="technician", password="technician") as technician:
        for identity in mirrors:
            technician.wait(f"{BASE}/{identity}/phase/state")
    return mirrors


def test_status_for_programs(fleet, three):
    status, out, _ = fleet("status", "--json")
    assert status == 0
    rows = {row["id"]: row for row in json.loads(out)}
    assert list(rows) == ["pi3", "pi1", "pi2"]
    assert rows["pi1"]["online"] is True
    assert (rows["pi1"]["style"], rows["pi1"]["fps"], rows["pi1"]["temperature"]) == ("great-wave", 25.0, 50.0)
    assert (rows["pi1"]["group"], rows["pi1"]["version"], rows["pi1"]["problems"]) == ("hall", "1.2.3", [])
    assert rows["pi1"]["last_seen"]
    assert rows["pi3"]["problems"] == ["camera: no frame"]


def test_status_for_people(fleet, three):
    three["pi2"].stop()
    _, out, _ = fleet("status")
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "last seen" in lines["id"]
    assert " yes " in lines["pi1"]
    assert "offline" in lines["pi2"]
    assert "camera: no frame" in lines["pi3"]
    assert fleet("status", "--check")[0] == 1


def test_everybody_shows_it(fleet, three):
    status, out, err = fleet("set", "style", "scream", "--all")
    assert (status, err) == (0, "3 of 3 did it\n")
    assert out.count("shown") == 3


def test_a_group_and_single_ones(fleet, three):
    assert fleet("set", "strength", "0.5", "--group", "hall")[0] == 0
    status, out, _ = fleet("set", "mix", '{"styles":{"scream":2,"photo":1}}', "pi1", "pi3", "--json")
    assert status == 0
    assert [(row["id"], row["ok"]) for row in json.loads(out)] == [("pi1", True), ("pi3", True)]
    assert fleet("set", "mix", "scream=2, photo=1", "pi1", "pi3")[0] == 0
    _, out, _ = fleet("status", "--json")
    assert {row["id"]: row["style"] for row in json.loads(out)} == {
        "pi1": "scream",
        "pi2": "great-wave",
        "pi3": "scream",
    }


def test_a_surprise_is_the_same_everywhere(fleet, three):
    status, out, _ = fleet("set", "surprise", "new", "--all")
    assert status == 0
    assert len(set(re.findall(r"shown, number (\d+)", out))) == 1
    assert len({mirror.director.scene(time.monotonic(), None).surprise for mirror in three.values()}) == 1
    assert fleet("set", "surprise", "42", "pi1")[0] == 0
    assert three["pi1"].director.scene(time.monotonic(), None).surprise == 42


def test_the_ids_may_come_first(fleet, three):
    status, out, _ = fleet("set", "pi1", "pi3", "style", "scream", "--json")
    assert status == 0
    assert [row["id"] for row in json.loads(out)] == ["pi1", "pi3"]


@pytest.mark.parametrize("what", ["display", "attract"])
def test_switches(fleet, three, what):
    assert fleet("set", what, "ON", "pi1")[0] == 0
    assert fleet("set", what, "OFF", "pi1")[0] == 0


def test_the_silent_are_named(fleet, three):
    three["pi2"].deaf = True
    three["pi3"].stop()
    status, out, _ = fleet("set", "style", "photo", "--all", "--json", timeout="1")
    assert status == 1
    assert {row["id"]: row["word"] for row in json.loads(out)} == {
        "pi1": "shown", "pi2": "does not show it", "pi3": "offline"
    }  # fmt: skip
    status, out, err = fleet("identify", "--all", timeout="1")
    assert status == 1
    words = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines() if line.strip()}
    assert words == {"pi1": "done", "pi2": "no answer", "pi3": "offline"}
    assert err == "1 of 3 did it\n"


def test_restarted_is_who_is_online_again(fleet, three):
    three["pi2"].comes_back = False
    three["pi3"].deaf = True
    status, out, _ = fleet("restart", "--all", "--json", timeout="3")
    assert status == 1
    words = {row["id"]: row["word"] for row in json.loads(out)}
    assert words["pi1"].startswith("online again after ")
    assert words["pi2"] == "said yes, but is not online again after 3 s; look at it"
    assert words["pi3"] == "no answer"


def test_nothing_is_left_of_one_that_is_forgotten(fleet, three, hub):
    three["pi2"].stop()
    status, out, _ = fleet("forget", "pi2", "pi1", "--json")
    assert status == 1
    assert {row["id"]: row["word"] for row in json.loads(out)} == {
        "pi2": "forgotten", "pi1": "is online and would be back at once; switch it off first"
    }  # fmt: skip
    _, out, _ = fleet("status", "--json")
    assert [row["id"] for row in json.loads(out)] == ["pi3", "pi1"]
    with peer(hub.port, f"{BASE}/#", "homeassistant/#", user="technician", password="technician") as one:
        one.wait(f"{BASE}/pi1/availability")
        one.wait("homeassistant/device/pi1/config")
        assert not [topic for topic in one.latest if "pi2" in topic]
    assert fleet("forget", "pi2")[0] == 2


@pytest.mark.parametrize("op", ["identify", "restart", "reload"])
def test_requests_reach_those_they_are_for(fleet, three, op):
    assert fleet(op, "--group", "hall")[0] == 0
    assert [len(three[name].asked) for name in ("pi1", "pi2", "pi3")] == [1, 1, 0]
    assert three["pi1"].asked[0].op == op


def test_an_answer_that_says_no(fleet, three, monkeypatch):
    respond = three["pi1"].control.respond
    monkeypatch.setattr(three["pi1"].control, "respond", lambda request, error=None: respond(request, "still busy"))
    status, out, _ = fleet("reload", "pi1", "--json")
    assert status == 1
    assert json.loads(out) == [{"id": "pi1", "ok": False, "word": "still busy"}]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", "style", "nobody", "--all"], "nobody"),
        (["set", "strength", "2", "--all"], "from 0 to 1"),
        (["identify", "pi9"], "no installation 'pi9'; there are pi1, pi2, pi3"),
        (["identify", "--group", "attic"], "no group 'attic'; there are cellar, hall"),
        (["set", "styl", "scream", "pi1"], "name what to set (style, strength, mix, surprise, attract, display)"),
        (["set", "pi1", "style"], "a value must follow 'style'"),
        (["set", "surprise", "soon", "pi1"], "neither new nor a whole number"),
        (["set", "mix", "scream", "pi1"], "mix 'scream'"),
        (["set", "mix", "scream=0", "pi1"], "no weight above 0"),
        (["identify"], "--all"),
        (["identify", "pi1", "--all"], "--all"),
    ],
)
def test_wrong_use(fleet, three, words, says):
    status, _, err = fleet(*words)
    assert status == 2
    assert says in err
    assert err.count("\n") == 1


def test_watching(fleet, three):
    status, out, _ = fleet("watch", "--json", "--seconds", "0.5")
    assert status == 0
    assert len(json.loads(out.splitlines()[-1])) == 3
    status, out, _ = fleet("watch", "--seconds", "0.5")
    assert status == 0
    assert "pi3" in out


def test_what_others_put_there_does_no_harm(fleet, three, hub):
    with peer(hub.port, user="technician", password="technician") as somebody:
        for payload in (b"\xff", b"[" * 5000, b'{"fps":"many"}', b"\x1b[2J\x1b]0;x\x07"):
            for rest in ("health", "info", "style/state", "availability"):
                somebody.publish(f"{BASE}/evil/{rest}", payload, retain=True)
    status, out, _ = fleet("status")
    assert status == 0
    assert "\x1b" not in out
    assert "pi1" in out


def test_nobody_there(fleet):
    status, _, err = fleet("status", timeout="1")
    assert status == 1
    assert "no installation" in err


def test_no_broker(capsys, monkeypatch):
    monkeypatch.delenv("ART_BROKER", raising=False)
    assert main(["fleet", "status"]) == 2
    assert "ART_BROKER" in capsys.readouterr().err
    monkeypatch.setenv("ART_BROKER", f"mqtt://127.0.0.1:{free_port()}")
    assert main(["fleet", "status"]) == 1
    assert "no connection" in capsys.readouterr().err


def test_the_settings_file_may_be_in_the_environment(capsys, monkeypatch, tmp_path):
    (tmp_path / "fleet.toml").write_text(f'[broker]\nurl = "mqtt://127.0.0.1:{free_port()}"\n')
    monkeypatch.delenv("ART_BROKER", raising=False)
    monkeypatch.setenv("ART_CONFIG", str(tmp_path / "fleet.toml"))
    assert main(["fleet", "status"]) == 1
    assert "no connection" in capsys.readouterr().err


def test_a_wrong_password(hub, capsys, tmp_path):
    (tmp_path / "p").write_text("wrong")
    words = ["fleet", "status", "--broker", hub.url, "--username", "technician", "--password-file", str(tmp_path / "p")]
    assert main(words) == 1
    assert "refused" in capsys.readouterr().err


def test_the_reason_is_the_one_before_the_farewell(hub, monkeypatch):
    stop = Link.stop

    def farewell(link):
        stop(link)
        link.state = "connecting"

    monkeypatch.setattr(Link, "stop", farewell)
    settings = hub.settings(username="technician", password="wrong")
    with pytest.raises(ControlError, match="refused: Not authorized"), FleetClient(settings):
        pass


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e9"])
@pytest.mark.parametrize("words", [("status", "--timeout"), ("watch", "--seconds")])
def test_no_number_makes_it_wait_for_ever(words, value, capsys):
    """Nothing is asked of a broker: there is none at this address."""
    order, option = words
    assert main(["fleet", order, "--broker", f"mqtt://127.0.0.1:{free_port()}", option, value]) == 2
    assert f"{option} {float(value):g}: must be 0 to 86400" in capsys.readouterr().err


def test_the_settings_file_names_the_broker(hub, three, capsys, tmp_path):
    (tmp_path / "p").write_text("technician")
    file = tmp_path / "s.toml"
    file.write_text(f'[broker]\nurl = "{hub.url}"\nusername = "technician"\npassword_file = "{tmp_path / "p"}"\n')
    assert main(["fleet", "status", "--config", str(file), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3


@pytest.mark.slow
def test_watching_survives_a_restart_of_the_broker(hub, three):
    (hub.folder / "t").write_text("technician")
    settings = hub.settings(username="technician", password="technician")
    with FleetClient(settings) as client:
        client.learn(4)

        def restart():
            hub.stop()
            time.sleep(0.2)
            hub.start()

        threading.Thread(target=restart).start()
        until(lambda: client.state != "online")
        until(lambda: client.state == "online", 30)
        until(lambda: all(mirror.control.state == "online" for mirror in three.values()), 30)
        three["pi1"].director.obey(SetStyle("photo"), time.monotonic())
        assert client.wait(lambda: client.roster.members["pi1"].states.get("style") == "photo", 15)
