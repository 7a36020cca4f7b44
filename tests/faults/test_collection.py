"""Collections that are broken, at the start and at a reload."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import write_collection, write_style
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, Peer, peer
from tests.faults.daemon import Daemon
from tests.faults.record import Fault

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GOES_ON = 5.0


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def huge(path: Path) -> None:
    path.write_bytes(b"#" * (1 << 24))


def not_a_number(path: Path) -> None:
    path.write_text(path.read_text().replace("vector = [", "vector = [nan, ", 1))


def too_long(path: Path) -> None:
    path.write_text(path.read_text().replace("vector = [", "vector = [0.0, ", 1))


def gone(path: Path) -> None:
    path.unlink()


STYLE: list[Callable[[Path], None]] = [truncated, not_a_number, too_long, huge, zeroed]
NETWORK: list[Callable[[Path], None]] = [truncated, flipped, zeroed, huge, gone]
BREAKS = [("scream.toml", how) for how in STYLE] + [("network.tflite", how) for how in NETWORK]


def test_broken_at_start(daemon: Callable[..., Daemon], tmp_path: Path, fault: Fault) -> None:
    fault.is_about(
        "A style or the network truncated, NaN, too long, huge, zeroed, flipped or gone; no style at all: at start"
    )
    left = replaced = 0
    for number, (name, how) in enumerate([*BREAKS, ("*.toml", gone)]):
        folder = write_collection(tmp_path / f"styles-{number}", "great-wave", "scream")
        for path in folder.glob(name):
            how(path)
        one = daemon(settings={"paths": {"collection": str(folder)}})
        began = time.monotonic()
        one.start().live()
        fault.took("first pictures", time.monotonic() - began, 60)
        one.until(one.health, 20, "health")
        if name == "scream.toml":
            assert "scream.toml" in one.log
            assert one.health()["mode"] == "ok"
            left += 1
        else:
            assert one.health()["mode"].startswith("the collection is broken, the one shipped is shown: ")
            assert str(folder) in one.health()["mode"]
            replaced += 1
        assert "Traceback" not in one.log
        one.end()
    fault.happened(
        f"{left} broken styles left out by name; in place of {replaced} broken collections the one shipped is shown, "
        "and `health` says why"
    )


def test_a_person_who_names_a_broken_collection_is_told(daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    folder = write_collection(tmp_path / "styles", "great-wave")
    truncated(folder / "network.tflite")
    one = daemon(settings={"paths": {"collection": str(folder)}}).start("--style", "great-wave")
    assert one.wait(60) == 1
    (line,) = [line for line in one.log.splitlines() if line.startswith("art-installation: ")]
    assert str(folder) in line


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    (tmp_path / "hub").mkdir()
    hub = Hub(tmp_path / "hub", {"mirror": "m", "technician": "t"}, hub_page=False).start()
    yield hub
    hub.stop()


def joined(hub: Hub) -> dict[str, dict[str, Any]]:
    password = hub.folder / "mirror-password"
    password.write_text("m\n")
    return {
        "installation": {"id": "mirror"},
        "broker": {"url": hub.url, "username": "mirror", "password_file": str(password)},
    }


def reload(technician: Peer, number: int) -> str:
    """Ask for a reload; returns the answer."""
    answer = f"{BASE}/mirror/response/reload"
    technician.latest.pop(answer, None)
    technician.publish(f"{BASE}/mirror/request/reload", f'{{"transaction": {number}}}')
    return technician.wait(answer, seconds=60)


@NEEDS_MOSQUITTO
def test_broken_at_a_reload(daemon: Callable[..., Daemon], hub: Hub, tmp_path: Path, fault: Fault) -> None:
    fault.is_about("The same at a reload, asked for over MQTT")
    folder = write_collection(tmp_path / "styles", "great-wave", "scream")
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    one = daemon(settings={**joined(hub), "paths": {"collection": str(folder)}}).start().live()
    with peer(hub.port, f"{BASE}/mirror/#", user="technician", password="t") as technician:
        technician.wait(f"{BASE}/mirror/availability", "online")
        for number, (name, how) in enumerate(BREAKS):
            how(folder / name)
            began = time.monotonic()
            answer = reload(technician, number)
            assert '"error"' in answer, (name, how, answer)
            assert str(folder / name) in answer, (name, how, answer)
            fault.took("refused", time.monotonic() - began, 10)
            fault.took("goes on", one.more_pictures(5), GOES_ON)
            (folder / name).write_bytes(whole[name])
        write_style(folder, "added", network_of(folder))
        assert '"added"' in reload(technician, 99)
    one.more_pictures(5)
    assert "Traceback" not in one.log
    fault.happened(f"{len(BREAKS)} refused by name, the old collection stays; then a good one is taken")


def network_of(folder: Path) -> str:
    from installation.network.tflite import NetworkFile

    return NetworkFile.load(folder / "network.tflite").sha256
