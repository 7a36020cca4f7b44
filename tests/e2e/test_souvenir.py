"""A visitor takes a picture home: the mirror, the hub's two brokers as deployed, and the service that hands it out."""

import http.client
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from installation.display import make_sheet
from installation.display.headless import HeadlessDisplay
from installation.mirror import telemetry
from installation.mirror.assembly import assembled
from installation.mirror.loop import Mirror
from installation.settings import parse
from tests.control.hub import BASE, HOST, NEEDS_MOSQUITTO, Hub, Peer, free_port, peer, until
from tests.qr import read_codes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400), NEEDS_MOSQUITTO]

ASK = f"{BASE}/mirror/request/souvenir"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    accounts = {"mirror": "m", "technician": "t", "_souvenirs": "s"}
    hub = Hub(tmp_path_factory.mktemp("hub"), accounts, hub_souvenirs=True).start()
    yield hub
    hub.stop()


class Service:
    """``art-installation souvenirs``, as its unit starts it."""

    def __init__(self, hub: Hub) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}/"
        settings = hub.settings(username="_souvenirs", password="s")
        self._words = ["souvenirs", "--broker", hub.url, "--username", "_souvenirs"]
        self._words += ["--password-file", settings.password_file, "--listen", f"{HOST}:{self.port}"]

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "installation", *self._words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self.url in self._process.stdout.readline()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def service(hub: Hub) -> Iterator[Service]:
    service = Service(hub)
    service.start()
    yield service
    service.stop()


@pytest.fixture
def mirror(hub: Hub, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(telemetry, "HEALTH_EVERY", 0.5)
    broker = hub.settings(username="mirror", password="m")
    settings = parse(
        {
            "camera": {"source": "synthetic", "fps": 10},
            "network": {"size": 192, "weights": "int8", "threads": 1, "runtime": "auto"},
            "display": {"mode": "headless", "width": 1280, "height": 720, "language": "de", "caption": False},
            "show": {"attract": False},
            "broker": {"url": broker.url, "password_file": broker.password_file},
            "souvenir": {
                "enabled": True,
                "url": service.url,
                "countdown": 2,
                "cooldown": 10,
                "shown": 10,
                "minutes": 1,
            },
            "paths": {"state": str(tmp_path / "state")},
        }
    )
    with assembled(settings) as mirror:
        running = threading.Thread(target=mirror.run)
        running.start()
        until(lambda: view(mirror) and view(mirror).picture is not None, 60, "a picture")
        yield mirror
        mirror.stop()
        running.join(20)


@pytest.fixture
def technician(hub: Hub, mirror: Mirror) -> Iterator[Peer]:
    with peer(hub.port, f"{BASE}/#", user="technician", password="t") as one:
        one.wait(f"{BASE}/mirror/availability", "online", 30)
        yield one


def view(mirror):
    screen = mirror.display
    assert isinstance(screen, HeadlessDisplay)
    return screen.view


def notice(mirror):
    shown = view(mirror)
    return shown.notice if shown else None


def fetch(url: str) -> tuple[int, bytes]:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        connection.request("GET", place.path)
        answer = connection.getresponse()
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("Content-Type", "").startswith("image/jpeg" if answer.status == 200 else "text/plain")
        return answer.status, answer.read()
    finally:
        connection.close()


def code_on(mirror) -> str:
    """The address in the QR code, as a phone's camera reads it off the screen."""
    from installation.settings import DisplaySettings

    drawn = make_sheet(1280, 720, DisplaySettings()).draw(view(mirror))
    return "".join(read_codes(drawn))


def test_from_the_phones_wish_to_the_fourth_fetch(hub, service, mirror, technician):
    with peer(hub.page_port, f"{BASE}/#", websocket=True) as visitor:
        until(lambda: json.loads(visitor.latest.get(f"{BASE}/mirror/info", b"{}")).get("souvenir") is True)
        visitor.publish(ASK, "{}")
        counted = set()

        def counting() -> bool:
            if shown := notice(mirror):
                counted.add(shown.number)
            return "1" in counted

        until(counting, 30)
        assert counted >= {"2", "1"}
        assert "Bild" in notice(mirror).text
        link = until(lambda: (shown := notice(mirror)) and shown.url, 300, "the link")
        assert json.loads(technician.wait(f"{BASE}/mirror/response/souvenir"))["data"] == {"seconds": 2}
        for one in (visitor, technician):  # neither the picture nor its link was told to anybody else
            assert link.removeprefix(service.url).encode() not in b"".join(payload for _, payload, _ in one.messages)
            assert not any(topic.startswith(f"{BASE}/mirror/souvenir/") for topic, _, _ in one.messages)
    assert re.fullmatch(re.escape(service.url) + r"[\w-]{32}", link)
    assert code_on(mirror) == link
    answers = [fetch(link) for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 404]
    picture = Image.open(io.BytesIO(answers[0][1]))
    assert max(picture.size) == 2048
    assert answers[0][1] == answers[1][1] == answers[2][1]
    assert fetch(service.url)[0] == 404
    until(lambda: notice(mirror) is None, 30, "the code leaves the screen")
    # Too soon after the last, and the visitor is told.
    assert json.loads(technician.latest[f"{BASE}/mirror/health"])["souvenir"] == "ok"


def test_faults_are_a_sentence_and_the_exhibit_goes_on(hub, service, mirror, technician):
    def ask() -> None:
        technician.latest.pop(f"{BASE}/mirror/response/souvenir", None)
        technician.publish(ASK, "{}")
        answer = json.loads(technician.wait(f"{BASE}/mirror/response/souvenir"))
        assert answer["status"] == "ok", answer

    def health() -> str:
        return json.loads(technician.latest.get(f"{BASE}/mirror/health", b"{}")).get("souvenir", "")

    ask()
    child = until(print_child, 60, "the print's process")
    os.kill(child, 9)
    until(lambda: "was killed (SIGKILL)" in health(), 60)
    until(lambda: notice(mirror) is None, 30)
    service.stop()  # the hub's service is away, its broker is there
    try:
        until(lambda: ask_again(ask), 60)
        until(lambda: "the hub has not taken the picture" in health(), 300)
    finally:
        service.start()
    assert view(mirror).picture is not None


def ask_again(ask) -> bool:
    try:
        ask()
    except AssertionError:  # the pause between two is not over
        return False
    return True


def print_child() -> int:
    """The process that paints a print for this one; 0 without any."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = (path.parent / "cmdline").read_bytes()
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if b"installation.painter.print_child" in words and parent == os.getpid():
            return int(path.parent.name)
    return 0
