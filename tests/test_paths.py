from pathlib import Path

from installation.paths import collection_folder, from_person, state_folder


def test_the_settings_come_first(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "systemd"))
    assert state_folder(str(tmp_path / "own")) == tmp_path / "own"
    assert state_folder("") == tmp_path / "systemd"
    assert (tmp_path / "systemd").is_dir()


def test_the_users_own_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder("") == tmp_path / "art-installation"


def test_no_folder_is_no_error(tmp_path):
    (tmp_path / "file").touch()
    assert state_folder(str(tmp_path / "file" / "state")) is None


def test_the_shipped_collection_is_none():
    assert collection_folder("") is None
    assert collection_folder("/srv/styles") == Path("/srv/styles")


def test_a_home_that_is_not_there_is_taken_as_it_is_written():
    assert from_person("~nobody-here/clip.mp4") == Path("~nobody-here/clip.mp4")
    assert from_person("~/clip.mp4") == Path.home() / "clip.mp4"
