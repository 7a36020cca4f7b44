import gc
from pathlib import Path

from tests.control.hub import NEEDS_MOSQUITTO, Hub, peer


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@NEEDS_MOSQUITTO
def test_a_peer_that_was_closed_has_no_socket_left(hub: Hub) -> None:
    gc.disable()  # else it may close what was left open
    try:
        before = open_files()
        with peer(hub.port, user="technician", password="t"):
            assert open_files() > before
        assert open_files() == before
    finally:
        gc.enable()
