"""Connections run out: the hub's own firewall and brokers, with a crowd in a network of namespaces."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.record import Attack
from tests.control.hub import NEEDS_MOSQUITTO, TEMPLATES, Hub
from tests.e2e.fleet.namespaces import Port, make_network, remove_network

NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft") is None or shutil.which("ip") is None,
    reason="needs root, nftables and iproute2 (apt install nftables iproute2)",
)
pytestmark = [pytest.mark.e2e, NEEDS_MOSQUITTO, NEEDS_ROOT]

PREFIX = "artattack-"
CROWD = Path(__file__).with_name("crowd.py")
VISITOR = Path(__file__).parents[1] / "e2e/fleet/visitor.py"
LIMITS = {"hub_connections_per_address": 64, "hub_page_connections_per_address": 24}


@pytest.fixture
def network(tmp_path: Path) -> Iterator[dict[str, Port]]:
    ports = make_network(("hub", "pi", "thief", "phone", "crowd"), PREFIX)
    try:
        hub = Hub(
            tmp_path,
            {"foyer-1": "f", "technician": "t"},
            enter=[str(word) for word in ports["hub"].enter([])],
            hub_mqtts_port=8883,
            hub_mqtts_bind="",
            hub_page_port=80,
        ).start()
        rules = tmp_path / "nftables.conf"
        rules.write_text(firewall([ports["pi"].address, ports["thief"].address]))
        subprocess.run([str(word) for word in ports["hub"].enter(["nft", "--file", rules])], check=True)
        yield ports
        hub.stop()
    finally:
        remove_network(PREFIX)


def firewall(trusted: list[str]) -> str:
    """The rules, with the role's defaults."""
    jinja2, yaml = pytest.importorskip("jinja2"), pytest.importorskip("yaml")
    defaults = yaml.safe_load((TEMPLATES.parent / "defaults/main.yml").read_text())
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["bool"] = bool
    template = environment.from_string((TEMPLATES / "nftables.conf.j2").read_text())
    return str(template.render({**defaults, "hub_trusted_networks": trusted, "ansible_managed": "a test"}))


@contextlib.contextmanager
def crowd(network: dict[str, Port], who: str, port: int, count: int, *how: str) -> Iterator[int]:
    """How many of so many connections are let in, held for the context."""
    words = network[who].enter([sys.executable, CROWD, network["hub"].address, port, count, *how])
    process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(20)


def seconds(network: dict[str, Port], who: str, command: list[Any]) -> float:
    """How long that command, which must succeed, takes in somebody's network."""
    start = time.monotonic()
    done = subprocess.run(
        [str(word) for word in network[who].enter(command)], check=False, capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr.decode()
    return time.monotonic() - start


def tap(network: dict[str, Port]) -> float:
    """A phone taps, from its start to the acknowledgement."""
    topic = "art-installation/foyer-1/style/set"
    return seconds(network, "phone", [sys.executable, VISITOR, network["hub"].address, 80, topic, "scream"])


def report(network: dict[str, Port], folder: Path) -> float:
    """An installation connects and reports."""
    words = ["mosquitto_pub", "-h", network["hub"].address, "-p", 8883, "-u", "foyer-1", "-P", "f"]
    words += [
        "--cafile",
        folder / "ca.pem",
        "--insecure",
        "-q",
        "1",
        "-t",
        "art-installation/foyer-1/health",
        "-m",
        "x",
    ]
    return seconds(network, "pi", words)


def test_web_sockets_from_one_address(network: dict[str, Port], attack: Attack, tmp_path: Path) -> None:
    attack.is_about("One address opens 1,100 WebSockets and keeps them")
    alone = tap(network)
    with crowd(network, "crowd", 80, 1100, "ws") as let_in:
        assert 0 < let_in <= LIMITS["hub_page_connections_per_address"]
        phone, pi = tap(network), report(network, tmp_path)
    attack.happened(
        1100,
        f"{let_in} let in; another phone taps in {phone:.1f} s (alone {alone:.1f} s), an installation in {pi:.1f} s",
    )


def test_idle_connections_to_the_installations_port(network: dict[str, Port], attack: Attack, tmp_path: Path) -> None:
    attack.is_about("2,005 idle connections to the installations' port, by a visitor and by a compromised installation")
    with crowd(network, "crowd", 8883, 2005) as of_a_visitor:
        assert of_a_visitor == 0
    with crowd(network, "thief", 8883, 2005) as of_a_thief:
        assert 0 < of_a_thief <= LIMITS["hub_connections_per_address"]
        pi = report(network, tmp_path)
    attack.happened(2 * 2005, f"0 and {of_a_thief} let in; another installation reports in {pi:.1f} s")


def test_ports_that_visitors_try(network: dict[str, Port], attack: Attack) -> None:
    attack.is_about("A visitor tries every port of the hub that something listens on, and SSH")
    servers = [
        subprocess.Popen(
            [str(word) for word in network["hub"].enter([sys.executable, "-m", "http.server", port])],
            stderr=subprocess.DEVNULL,
        )
        for port in (22, 9999)
    ]
    try:
        time.sleep(1.0)
        reached = []
        for port in (22, 80, 123, 1883, 8883, 9001, 9999):
            with crowd(network, "crowd", port, 1) as let_in:
                reached += [port] * let_in
    finally:
        for server in servers:
            server.kill()
            server.wait(5)
    assert reached == [80]
    attack.happened(7, "the page's port answers, no other")
