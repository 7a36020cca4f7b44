"""Five hundred installations on one hub: the daemon's own MQTT client with stub mirrors, in a few processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installation.cli import main
from installation.fleet.client import FleetClient
from installation.settings import BrokerSettings
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, peer, until

pytestmark = [pytest.mark.soak, pytest.mark.timeout(240), NEEDS_MOSQUITTO]

INSTALLATIONS = 500
PROCESSES = 5
# Seconds that a quiet machine of two cores may take. A busy one is slower by what others take from it.
STATUS, SET, BACK = 2.0, 1.0, 30.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    hub = Hub(
        tmp_path_factory.mktemp("hub"),
        {"technician": "t"},
        hub_page=False,
        hub_ids=[f"pi-{number}" for number in range(INSTALLATIONS)],
    )
    # No accounts for five hundred: they come as they are. The queues are those of such a fleet.
    acl, conf = hub.folder / "acl", hub.folder / "mosquitto.conf"
    acl.write_text("topic readwrite #\n" + acl.read_text())
    conf.write_text(conf.read_text().replace("allow_anonymous false", "allow_anonymous true"))
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture(scope="module")
def fleet(hub: Hub) -> Iterator[Hub]:
    share = INSTALLATIONS // PROCESSES
    script = Path(__file__).parent / "fleet_worker.py"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    workers = [
        subprocess.Popen(
            [sys.executable, script, hub.url, str(first), str(share)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        for first in range(0, INSTALLATIONS, share)
    ]
    with FleetClient(BrokerSettings(url=hub.url)) as client:
        assert client.wait(lambda: online(client) == INSTALLATIONS, 90), online(client)
    yield hub
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.close()
    for worker in workers:
        try:
            worker.wait(20)
        except subprocess.TimeoutExpired:
            worker.kill()


def online(client: FleetClient) -> int:
    return sum(member.online for member in client.roster.members.values())


def best(limit: float, measure: Callable[[int], float], rounds: int = 3) -> float:
    """The least of a few rounds: the machine may be busy with something else."""
    found: list[float] = []
    while not found or (min(found) > limit and len(found) < rounds):
        found.append(measure(len(found)))
    print(f"{[round(one, 2) for one in found]}, of {limit:g}", file=sys.stderr)
    return min(found)


def test_status_is_complete(fleet: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    def measure(_round: int) -> float:
        start = time.monotonic()
        assert main(["fleet", "status", "--broker", fleet.url, "--json"]) == 0
        took = time.monotonic() - start
        rows = json.loads(capsys.readouterr().out)
        assert len(rows) == INSTALLATIONS
        assert all(row["online"] and row["fps"] == 25.0 and row["style"] and row["group"] for row in rows)
        return took

    took = best(STATUS, measure)
    assert took <= STATUS


def test_set_to_all_is_shown_by_all(fleet: Hub) -> None:
    with FleetClient(BrokerSettings(url=fleet.url)) as client:
        client.learn(5)

        def measure(number: int) -> float:
            style = f"style-{number + 1}"
            start = time.monotonic()
            client.send(client.topics.set("all", "style"), style)
            members = client.roster.members.values()
            assert client.wait(lambda: all(member.states.get("style") == style for member in members), 30)
            return time.monotonic() - start

        took = best(SET, measure, 5)
    assert took <= SET


def test_all_come_back_after_a_restart_of_the_broker_but_not_at_once(fleet: Hub) -> None:
    def storm(_round: int) -> float:
        arrivals = arrivals_after_restart(fleet)
        print(f"back after {arrivals[-1]:.1f} s; {busiest(arrivals)} in the busiest second", file=sys.stderr)
        assert arrivals[-1] <= BACK
        return busiest(arrivals)

    assert best(INSTALLATIONS / 2, storm) <= INSTALLATIONS / 2


def arrivals_after_restart(fleet: Hub) -> list[float]:
    """Seconds after which each was back."""
    # The first may be back before the watcher listens: what it then finds retained must not be from before.
    with peer(fleet.port, f"{BASE}/+/availability") as observer:
        until(lambda: len(observer.latest) == INSTALLATIONS, what="everybody's availability")
        for topic in list(observer.latest):
            observer.publish(topic, b"offline", qos=0, retain=True)
        until(lambda: set(observer.latest.values()) == {b"offline"}, what="offline everywhere")
    fleet.stop()
    time.sleep(1.0)
    start = time.monotonic()
    fleet.start()
    arrivals: list[float] = []
    with peer(fleet.port, f"{BASE}/+/availability") as watcher:
        while len(arrivals) < INSTALLATIONS and time.monotonic() - start < 2 * BACK:
            back = {topic for topic, payload, _ in watcher.messages if payload == b"online"}
            arrivals += [time.monotonic() - start] * (len(back) - len(arrivals))
            time.sleep(0.05)
    assert len(arrivals) == INSTALLATIONS
    return arrivals


def busiest(arrivals: list[float]) -> int:
    return max(sum(moment <= one < moment + 1 for one in arrivals) for moment in arrivals)


def test_nothing_was_lost_on_the_way(fleet: Hub) -> None:
    with FleetClient(BrokerSettings(url=fleet.url)) as client:
        client.learn(5)
        until(client.roster.complete, 20)
        assert all(member.health.dropped_commands == 0 for member in client.roster.members.values() if member.health)
        assert len(client.roster.members) == INSTALLATIONS
