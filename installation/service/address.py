"""This machine's address on its network."""

import socket


def local_address() -> str:
    """This machine's IPv4 address on its network, empty where there is none; contacts no server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # connecting a datagram socket only looks up the route; nothing is sent
            address: str = probe.getsockname()[0]
        except OSError:
            return ""
    return address
