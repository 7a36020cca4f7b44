import subprocess
import sys

import pytest

from installation.control.mqtt.pieces import name_of, packed
from installation.control.mqtt.topics import KEPT, PIECE
from installation.souvenirs.client import SouvenirClient
from installation.souvenirs.shelf import Shelf
from tests.control.hub import BASE, NEEDS_MOSQUITTO, Hub, peer, until
from tests.souvenirs.test_shelf import a_picture

pytestmark = NEEDS_MOSQUITTO


@pytest.fixture
def hub(tmp_path):
    hub = Hub(tmp_path, {"mirror": "m", "_souvenirs": "s"}, hub_souvenirs=True, hub_page=False).start()
    yield hub
    hub.stop()


def test_a_picture_comes_by_pieces_and_is_answered_and_nonsense_is_not(hub, caplog):
    shelf = Shelf()
    client = SouvenirClient(hub.settings(username="_souvenirs", password="s"), shelf)
    client.start()
    picture = a_picture(300_000)
    piece, kept = f"{BASE}/mirror/{PIECE}", f"{BASE}/mirror/{KEPT}"
    try:
        until(lambda: client.state == "online")
        with peer(hub.port, kept, user="mirror", password="m") as mirror:
            for payload in (b"", b"x" * 1000, b"{}\nx", b"\xff" * 200_000, *[b"again"] * 100):
                mirror.publish(piece, payload, qos=0)
            for payload in packed(name_of("secret"), picture, seconds=60, fetches=1):
                mirror.publish(piece, payload, qos=0)
            assert mirror.wait(kept) == f'{{"name":"{name_of("secret")}","error":""}}'
            for payload in packed(name_of("another"), picture, seconds=60, fetches=1):
                mirror.publish(piece, payload, qos=0)
            until(lambda: any(b"one picture in 5 s" in payload for _, payload, _ in mirror.messages))
        assert shelf.fetch("secret", 0.0) == picture
        assert len([record for record in caplog.records if record.name == "installation.souvenirs.client"]) < 10
    finally:
        client.stop()


def test_it_needs_no_more_than_the_hub_gets():
    """The hub's role installs these two and nothing else of what a mirror needs."""
    code = (
        "import sys; blocked = {'numpy', 'rich', 'cv2', 'PIL', 'pygame', 'av', 'segno', 'ai_edge_litert'}; "
        "sys.modules.update(dict.fromkeys(blocked)); "
        "import installation.cli, installation.commands.souvenirs; "
        "import installation.souvenirs.client, installation.souvenirs.server; "
        "loaded = {name.partition('.')[0] for name, module in sys.modules.items() if module}; "
        "print(*sorted(loaded & {'msgspec', 'paho'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["msgspec", "paho"]
