"""What systemd tells of the unit; a small program speaks for systemctl."""

import pytest

from installation.doctor import service
from installation.doctor.service import Service, ask_systemd, check_service


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """Puts a `systemctl` first on the path that answers with these lines."""

    def answer(*lines, seconds=0):
        program = tmp_path / "systemctl"
        program.write_text("\n".join(["#!/bin/sh", f"sleep {seconds}", *(f"echo '{line}'" for line in lines)]))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return answer


def test_a_unit_that_runs(systemctl):
    systemctl("LoadState=loaded", "ActiveState=active", "StatusText=great-wave 24 fps a=b", "NRestarts=2")
    found = ask_systemd()
    assert (found.active, found.status, found.restarts) == ("active", "great-wave 24 fps a=b", 2)
    assert found.running
    assert check_service(found).state == "ok"


@pytest.mark.parametrize("lines", [("LoadState=not-found", "ActiveState=inactive"), (), ("nonsense",)])
def test_no_unit_is_no_service(systemctl, lines):
    systemctl(*lines)
    assert ask_systemd() == Service()
    assert check_service(Service()).state == "skipped"


def test_what_is_no_number_counts_as_none(systemctl):
    systemctl("LoadState=loaded", "ActiveState=active", "NRestarts=[not set]")
    assert ask_systemd().restarts == 0


def test_a_systemd_that_does_not_answer(systemctl, monkeypatch):
    systemctl("LoadState=loaded", seconds=5)
    monkeypatch.setattr(service, "_PATIENCE", 0.1)
    assert ask_systemd() == Service()


def test_no_systemd(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_systemd() == Service()


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (Service("failed"), "bad", "is failed"),
        (Service("active", "paints", 9), "note", "restarted 9 times"),
        (Service("active"), "ok", "runs"),
    ],
)
def test_findings(found, state, words):
    check = check_service(found)
    assert check.state == state
    assert words in check.found
