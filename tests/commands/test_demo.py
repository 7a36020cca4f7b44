import pytest

from installation.cli import main
from installation.commands import run
from installation.commands.demo import page_address
from installation.commands.run import tell_link
from installation.errors import UsageError
from installation.service import address, journal


def test_the_page_is_opened_at_the_machines_own_address(monkeypatch):
    monkeypatch.setattr(address, "local_address", lambda: "192.0.2.20")
    assert page_address("", "embedded") == "192.0.2.20"
    assert page_address("192.0.2.21", "embedded") == "192.0.2.21"


@pytest.mark.parametrize("wanted", ["0.0.0.0", "224.0.0.1", "my-laptop", "::1", "1.2.3"])  # noqa: S104 - nothing is bound
def test_what_is_no_address_to_serve_at_is_refused(wanted):
    with pytest.raises(UsageError, match=r"such as 192\.168"):
        page_address(wanted, "embedded")


def test_without_a_network_it_says_so(monkeypatch):
    monkeypatch.setattr(address, "local_address", lambda: "")
    with pytest.raises(UsageError, match="in no network"):
        page_address("", "embedded")


@pytest.fixture
def shown(monkeypatch):
    """Runs ``run`` or ``demo`` up to the mirror; returns the settings that it would have."""
    found = []

    def keep(settings, *_, **__):
        found.append(settings)
        return 0

    monkeypatch.setattr(journal, "configure", lambda *_: None)
    monkeypatch.setattr(run, "run_mirror", keep)

    def start(*words):
        assert main(list(words)) == 0
        return found.pop()

    return start


@pytest.mark.parametrize("command", ["run", "demo"])
def test_run_and_demo_take_the_same_options(shown, tmp_path, command):
    file = tmp_path / "mirror.toml"
    file.write_text("[installation]\nname = 'Hall'\n[show]\nstrength = 0.5\n")
    settings = shown(
        command, "--config", str(file), "--collection", str(tmp_path), "--size", "320", "--rotation", "90",
        "--broker", "none", "--display", "headless",
    )  # fmt: skip
    assert (settings.installation.name, settings.show.strength) == ("Hall", 0.5)
    assert (settings.network.size, settings.display.rotation) == (320, 90)
    assert settings.paths.collection == str(tmp_path)
    assert settings.display.mode == "headless"
    assert settings.camera.source.startswith("video:") == (command == "demo")


def test_the_code_stays_on_screen_for_whoever_gets_a_phone_out(shown, tmp_path):
    file = tmp_path / "mirror.toml"
    file.write_text("[display]\ncaption_seconds = 5\n")
    words = ("demo", "--lan", "192.0.2.20", "--display", "headless")
    assert shown(*words).display.caption_seconds == 0
    assert shown(*words, "--config", str(file)).display.caption_seconds == 5
    assert shown("demo", "--display", "headless").display.caption_seconds == 8


def test_a_size_that_is_no_class_is_refused(capsys):
    assert main(["run", "--size", "100"]) == 2
    assert "--size 100: choose from auto, 192, 256" in capsys.readouterr().err


def test_another_brokers_page_is_not_ours_to_open():
    with pytest.raises(UsageError, match="leave one of them out"):
        page_address("", "none")


def test_the_link_comes_with_who_gets_there(capsys):
    tell_link("http://127.0.0.1:4000/#mirror", reachable=False)
    assert "this computer only" in capsys.readouterr().out
    tell_link("http://192.0.2.20:4000/k3y/#mirror", reachable=True)
    said = capsys.readouterr().out
    assert said.startswith("Visitor page: http://192.0.2.20:4000/k3y/#mirror\n")
    assert "every phone in this network" in said
    assert "port 4000" in said
