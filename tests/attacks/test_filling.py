"""A visitor fills the hub: its memory, its disk, its queues. The installations' broker must not notice."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.phone import Phone, connect, packet, publish, subscribe, text
from tests.attacks.record import Attack
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, Peer, peer, until

pytestmark = [pytest.mark.e2e, NEEDS_MOSQUITTO]

ACCOUNTS = {"foyer-1": "f", "foyer-2": "g", "technician": "t"}
MEMORY = 160 * 2**20
"""MemoryMax of the visitors' broker's unit."""
GROWTH_MB = 8.0
"""What the installations' broker may grow by, in resident memory."""
PATIENCE = 1.0
"""Seconds until a technician's message is acknowledged."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path, ACCOUNTS).start()
    yield hub
    hub.stop()


def rss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def written_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) / 1e6 for line in lines if line.startswith("wchar:"))


def slowest(technician: Peer, during: Callable[[], None]) -> float:
    """The longest that the broker took to acknowledge the technician, in seconds, while that went on."""
    attack = threading.Thread(target=during)
    attack.start()
    worst = 0.0
    while attack.is_alive():
        start = time.monotonic()
        technician.publish(f"{BASE}/foyer-2/style/set", "photo")
        worst = max(worst, time.monotonic() - start)
        time.sleep(0.02)
    attack.join()
    return worst


def unharmed(hub: Hub, attack: Attack, during: Callable[[], None], tries: int, what: str = "") -> None:
    """Measure the installations' broker over an attack; what is left of it there, and that everybody still gets in."""
    with peer(hub.port, user="technician", password="t") as technician:
        technician.publish(f"{BASE}/foyer-2/style/set", "photo")
        rss, written = rss_mb(hub.pid), written_mb(hub.pid)
        worst = slowest(technician, during)
    hub.save()
    with peer(hub.port, f"{BASE}/#", user="technician", password="t") as another:
        another.publish(f"{BASE}/technician/end", "x")
        another.wait(f"{BASE}/technician/end")
        kept = [topic for topic, _, retained in another.messages if retained]
    grown, wrote = rss_mb(hub.pid) - rss, written_mb(hub.pid) - written
    database = (hub.folder / "mosquitto.db").stat().st_size
    assert kept == []
    assert grown < GROWTH_MB
    assert database < 100_000
    assert worst < PATIENCE
    assert not list(hub.folder.glob("visitors*.db"))
    attack.happened(
        tries,
        f"{what}nothing of it kept; the installations' broker +{max(grown, 0):.1f} MB, its file {database:,} bytes; a "
        f"technician's message acknowledged within {worst * 1e3:.0f} ms",
    )
    assert wrote < 50 + 0.001 * tries, wrote


def test_large_retained_commands(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor publishes retained commands of 64 and 256 KB, to ids of the inventory and made-up ones")

    def fill() -> None:
        for number in range(30):
            with contextlib.suppress(OSError), Phone(hub.page_port) as phone:
                phone.send(connect(f"large-{number}"))
                phone.hear()
                for index in range(10):
                    target = ("foyer-1", f"made-up-{number}-{index}")[index % 2]
                    payload = b"x" * (65_000, 262_000)[index // 2 % 2]
                    phone.send(publish(f"{BASE}/{target}/style/set", payload, retain=True))
                phone.send(packet(0xC0, b""))
                phone.hear()

    unharmed(hub, attack, fill, 300)


def test_a_flood_of_small_ones(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor publishes small retained commands as fast as the socket takes them")
    batches, batch = 100, 200

    def flood() -> None:
        with Phone(hub.page_port) as phone:
            phone.send(connect("flood"))
            phone.hear()
            for number in range(batches):
                topics = [f"{BASE}/{('foyer-1', f'made-up-{number}')[index % 2]}/mix/set" for index in range(batch)]
                phone.send(b"".join(publish(topic, b"x" * 40, retain=True) for topic in topics))
            phone.send(packet(0xC0, b""))
            phone.hear()

    unharmed(hub, attack, flood, batches * batch)


def test_unfinished_handshakes(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor leaves QoS 2 messages of 64 KB hanging, in sessions to be kept")
    refused = 0

    def hang() -> None:
        nonlocal refused
        for number in range(60):
            with contextlib.suppress(OSError), Phone(hub.page_port) as phone:
                phone.send(connect(f"hang-{number}", clean=False))
                phone.hear()
                phone.send(publish(f"{BASE}/foyer-1/style/set", b"x" * 60_000, qos=2, mid=7))
                refused += b"\x50\x02\x00\x07" not in phone.hear()  # no PUBREC

    unharmed(hub, attack, hang, 60)
    assert refused == 60
    assert hub.visitors is not None
    assert rss_mb(hub.visitors.pid) < 40


def test_the_visitors_broker_is_filled_on_purpose(hub: Hub, attack: Attack) -> None:
    """With subscriptions, which nothing limits, until the limit of its unit ends it: here the test plays the kernel."""
    attack.is_about(
        "A visitor leaves sessions behind with as many subscriptions as it takes to fill the visitors' broker"
    )
    assert hub.visitors is not None
    broker, sessions, filters = hub.visitors, 0, 2000

    def fill() -> None:
        nonlocal sessions
        deadline = time.monotonic() + 60
        while rss_mb(broker.pid) * 2**20 < MEMORY and time.monotonic() < deadline:
            sessions += 1
            with contextlib.suppress(OSError), Phone(hub.page_port) as phone:
                phone.send(connect(f"fill-{sessions}", clean=False))
                phone.hear()
                phone.send(subscribe(*(f"{sessions}/{index}/a/b/c/d/e/f" for index in range(filters))))
                phone.hear()

    unharmed(hub, attack, fill, 1)
    full = rss_mb(broker.pid)
    broker.kill()
    broker.wait(10)
    start = time.monotonic()
    hub.start_visitors()
    tap = f"{BASE}/foyer-1/style/set"
    with peer(hub.page_port, websocket=True) as phone, peer(hub.port, tap, user="technician", password="t") as witness:
        until(lambda: phone.publish(tap, "photo") and witness.said(tap))
        back = time.monotonic() - start
    attack.happened(
        sessions * filters,
        f"ended at {full:.0f} MB; started anew it is empty and takes taps after {back:.1f} s; {attack.outcome}",
    )


def test_an_unread_flood_in_sessions_left_behind(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor leaves 100 sessions behind that wait for everything, and has a mirror say much")

    def leave() -> None:
        for number in range(100):
            with contextlib.suppress(OSError), Phone(hub.page_port) as phone:
                phone.send(connect(f"left-{number}", clean=False))
                phone.hear()
                phone.send(subscribe(f"{BASE}/#", qos=1))
                phone.hear()
        with peer(hub.port, user="foyer-1", password="f") as mirror:
            for number in range(1000):
                mirror.publish(f"{BASE}/foyer-1/strength/state", f"{number / 1000}", qos=1 if number % 10 == 0 else 0)

    unharmed(hub, attack, leave, 100)
    assert hub.visitors is not None
    assert rss_mb(hub.visitors.pid) < 60


def test_a_compromised_installation_makes_topics_up(hub: Hub, attack: Attack) -> None:
    attack.is_about("A compromised installation publishes retained messages on topics that it makes up")
    with (
        peer(hub.port, user="foyer-1", password="f") as mirror,
        peer(hub.port, f"{BASE}/#", user="technician", password="t") as technician,
    ):
        properties = [f"made-up-{number}" for number in range(500)]
        topics = [f"{BASE}/foyer-1/{name}{rest}" for name in properties for rest in ("/state", "", "/set/x", "/y/z")]
        for topic in topics:
            mirror.client.publish(topic, b"x" * 1000, 0, retain=True)
        mirror.publish(f"{BASE}/foyer-1/style/state", "scream", retain=True)
        technician.wait(f"{BASE}/foyer-1/style/state", "scream")
        assert [topic for topic, _, _ in technician.messages] == [f"{BASE}/foyer-1/style/state"]
    attack.happened(len(topics), "none accepted; its known topics are")


def test_nonsense_on_the_wire(hub: Hub, attack: Attack) -> None:
    attack.is_about("A visitor sends packets that are no MQTT, cut off or overlong, before and after CONNECT")
    shapes = [
        b"\x10\xff\xff\xff\x7f",
        b"\x10\xff\xff\xff\xff\xff",
        b"\x00\x00",
        b"\xf0\x00",
        packet(0x10, text("MQTT") + b"\xff\xff\xff\xff"),
        packet(0x30, b"\xff\xff" + b"x" * 10),
        packet(0x82, b"\x00\x01\xff\xff"),
        b"GET / HTTP/1.1\r\n\r\n",
    ]
    tries = 0
    for _round in range(6):
        for shape in shapes:
            for before in (b"", connect(f"odd-{tries}")):
                tries += 1
                with contextlib.suppress(OSError), Phone(hub.page_port) as phone:
                    phone.send(before + shape)
    assert hub.visitors is not None
    assert hub.visitors.poll() is None
    with peer(hub.page_port, websocket=True) as phone:
        assert not phone.publish(f"{BASE}/foyer-1/style/set", "photo").is_failure
    attack.happened(tries, "both brokers run on; the next phone is served")
