"""Two hubs: the one in the house bridges to the one above it."""

import time

import pytest

from installation.control.web.embedded import find_mosquitto
from tests.control.conftest import ACCOUNTS
from tests.control.hub import BASE, HOST, Hub, Peer, free_port, peer, until
from tests.control.parts import a_scene

ADMIN = {"user": "technician", "password": "t"}


@pytest.fixture
def museum(tmp_path):
    """The hub above, and the hub of a house, connected over TLS."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed")
    above, house = tmp_path / "above", tmp_path / "house"
    above.mkdir()
    house.mkdir()
    top = Hub(above, ACCOUNTS, hub_house_users=["house"], hub_page=False).start()
    bridge = {"user": "house", "password": "b", "host": "localhost", "port": top.tls_port, "ca_file": above / "ca.pem"}
    low = Hub(house, ACCOUNTS, hub_page=False, **{f"hub_bridge_{key}": value for key, value in bridge.items()}).start()
    yield top, low
    low.stop()
    top.stop()


def test_states_go_up_and_commands_come_down(museum, make_control, health):
    top, low = museum
    control = make_control(low.settings(username="mirror", password="m"))
    control.show(a_scene("scream"))
    control.health(health)
    with (
        peer(top.port, f"{BASE}/#", "homeassistant/#", **ADMIN) as above,
        peer(low.port, f"{BASE}/#", **ADMIN) as below,
    ):
        for rest in ("availability", "info", "health", "style/state", "phase/state"):
            above.wait(f"{BASE}/mirror/{rest}", seconds=30)
        until(lambda: "homeassistant/device/mirror/config" in above.latest)
        for target in ("mirror", "all", "group/hall"):
            above.publish(f"{BASE}/{target}/style/set", "photo")
            below.wait(f"{BASE}/{target}/style/set", "photo")
        above.publish(f"{BASE}/all/request/identify", "{}")
        below.wait(f"{BASE}/all/request/identify")
        low_messages = count(below)
        control.show(a_scene("photo"))
        above.wait(f"{BASE}/mirror/style/state", "photo")
        # What one house says stays there, and what goes up does not come down again, nor the other way.
        below.publish(f"{BASE}/all/attract/set", "OFF")
        above.publish(f"{BASE}/mirror/style/state", "forged")
        above.publish(f"{BASE}/mirror/display/set", "ON")
        below.wait(f"{BASE}/mirror/display/set", "ON")
        time.sleep(1.0)
        assert f"{BASE}/all/attract/set" not in above.latest
        assert below.said(f"{BASE}/mirror/style/state") == "photo"
        assert count(below) <= low_messages + 4
        assert [message for message in above.messages if message[0].endswith("display/set")] == [
            (f"{BASE}/mirror/display/set", b"ON", False)
        ]


def count(one: Peer) -> int:
    return len([topic for topic, _, _ in one.messages if not topic.endswith("/health")])


@pytest.mark.slow
def test_a_house_goes_on_by_itself_and_catches_up(museum, make_control):
    top, low = museum
    control = make_control(low.settings(username="mirror", password="m"))
    control.show(a_scene("scream"))
    with peer(top.port, f"{BASE}/#", **ADMIN) as above:
        above.wait(f"{BASE}/mirror/style/state", "scream", seconds=30)
    top.stop()
    control.show(a_scene("photo"))
    with peer(low.port, f"{BASE}/mirror/style/state", **ADMIN) as below:
        below.wait(f"{BASE}/mirror/style/state", "photo")
    top.start()
    with peer(top.port, f"{BASE}/#", **ADMIN) as above:
        above.wait(f"{BASE}/mirror/style/state", "photo", seconds=60)


def test_a_house_may_do_no_more_than_bridge(museum):
    top, _ = museum
    with peer(top.port, user="house", password="b") as house:
        assert house.publish(f"{BASE}/mirror/style/set", "x").is_failure
        assert house.publish(f"{BASE}/all/request/restart", "{}").is_failure
        assert not house.publish(f"{BASE}/mirror/style/state", "x").is_failure


def test_a_hub_without_a_bridge_has_none(tmp_path):
    assert "connection" not in Hub(tmp_path, ACCOUNTS, hub_mqtt_port=free_port(), hub_mqtt_bind=HOST).folder.joinpath(
        "mosquitto.conf"
    ).read_text().replace("max_connections", "")
