"""The hub's password file: mosquitto itself must let the right people in."""

import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from tests.control.hub import leave

FILTERS = Path(__file__).resolve().parents[2] / "deploy/roles/hub/filter_plugins/mosquitto.py"
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


@pytest.fixture(scope="module")
def mosquitto_hash() -> Callable[[str, str], str]:
    spec = importlib.util.spec_from_file_location("mosquitto_filter", FILTERS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mosquitto_hash


@pytest.fixture
def broker(tmp_path: Path, mosquitto_hash: Callable[[str, str], str]) -> Iterator[int]:
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (apt install mosquitto)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "passwords").write_text(f"pi1:{mosquitto_hash('correct horse', 'a seed')}\n")
    (tmp_path / "passwords").chmod(0o644)
    (tmp_path / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {tmp_path}/passwords\nuser root\n"
    )
    process = subprocess.Popen([MOSQUITTO, "-c", tmp_path / "mosquitto.conf"], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(5)


def answer(port: int, password: str) -> str:
    """What the broker says to pi1 with this password."""
    heard: list[str] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set("pi1", password)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: heard.append(str(reason))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            client.connect("127.0.0.1", port)
            break
        except OSError:
            time.sleep(0.05)
    client.loop_start()
    while not heard and time.monotonic() < deadline:
        time.sleep(0.02)
    leave(client)
    return heard[0] if heard else "nothing"


def test_the_right_password_is_let_in_and_no_other(broker: int) -> None:
    assert answer(broker, "correct horse") == "Success"
    assert answer(broker, "wrong horse") != "Success"


def test_the_same_password_and_seed_give_the_same_line(mosquitto_hash: Callable[[str, str], str]) -> None:
    assert mosquitto_hash("x", "seed 1") == mosquitto_hash("x", "seed 1")


def test_equal_passwords_of_two_accounts_do_not_show(mosquitto_hash: Callable[[str, str], str]) -> None:
    assert mosquitto_hash("x", "seed 1") != mosquitto_hash("x", "seed 2")


def test_the_salt_tells_nothing_of_the_password(mosquitto_hash: Callable[[str, str], str]) -> None:
    """Else a guess could be tried against the salt alone, without the iterations."""
    assert salt(mosquitto_hash("x", "seed")) == salt(mosquitto_hash("y", "seed"))


def salt(line: str) -> str:
    return line.split("$")[3]


def test_nothing_that_holds_a_password_is_shown() -> None:
    """``--diff`` would print it: every task that writes a template or content with a password says diff: false."""
    yaml = pytest.importorskip("yaml")
    roles = FILTERS.parents[2]
    shown: list[str] = []
    hidden: list[str] = []
    for path in sorted(roles.glob("*/tasks/*.yml")):
        for task in yaml.safe_load(path.read_text()) or []:
            given = task.get("ansible.builtin.template") or task.get("ansible.builtin.copy") or {}
            source = path.parents[1] / "templates" / str(given.get("src", "-"))
            words = str(given.get("content", "")) + (source.read_text() if source.is_file() else "")
            if "password }}" in words or "password)" in words or "password |" in words:
                (hidden if task.get("diff") is False else shown).append(f"{path.name}: {task['name']}")
    assert shown == []
    assert len(hidden) >= 4
