"""Tells systemd that the daemon is ready, alive, and what it is doing.

The sd_notify protocol is one datagram to the socket that systemd names in ``$NOTIFY_SOCKET``. systemd-python sends it
where it is installed (apt's python3-systemd on the Pi); elsewhere a plain socket does the same. Without the variable
everything here does nothing, so the daemon runs the same from a shell.
"""

import os
import socket
from collections.abc import Callable, Mapping

Send = Callable[[str], bool]
"""Sends one notification; False when it did not arrive."""

STATUS_LIMIT = 256
"""Longest status line, in characters; ``systemctl status`` shows one line."""


class Notifier:
    """The daemon's voice to systemd. No call raises or blocks.

    ``environment`` stands in for ``os.environ`` and ``send`` for the transport in tests.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, send: Send | None = None) -> None:
        environment = os.environ if environment is None else environment
        address = environment.get("NOTIFY_SOCKET", "")
        self._send: Send | None = (send or make_send(address)) if address else None
        self._status = ""

    @property
    def connected(self) -> bool:
        """Whether systemd listens."""
        return self._send is not None

    def ready(self) -> None:
        """Say that start-up is over: the first picture is on screen."""
        self._notify("READY=1")

    def status(self, text: str) -> None:
        """Show one line in ``systemctl status``; an unchanged line is not sent again."""
        line = " ".join(text.split())[:STATUS_LIMIT]
        if line != self._status and self._notify(f"STATUS={line}"):
            self._status = line

    def watchdog(self) -> None:
        """Say that frames are captured, painted and shown; silence longer than ``WatchdogSec=`` means a restart."""
        self._notify("WATCHDOG=1")

    def extend(self, seconds: float) -> None:
        """Ask for more time to start or to stop, for a slow first tuning."""
        self._notify(f"EXTEND_TIMEOUT_USEC={max(0, int(seconds * 1e6))}")

    def stopping(self) -> None:
        """Say that the daemon is on its way out."""
        self._notify("STOPPING=1")

    def _notify(self, state: str) -> bool:
        return self._send is not None and self._send(state)


def make_send(address: str) -> Send:
    """The transport to the notify socket at ``address``: systemd-python where it is installed, else a plain socket."""
    try:
        from systemd.daemon import notify  # optional, and absent on laptops
    except ImportError:
        return SocketSend(address)
    # Kept in the environment by systemd-python itself, so only for the address that is there.
    if os.environ.get("NOTIFY_SOCKET") != address:
        return SocketSend(address)
    return lambda state: bool(notify(state))


class SocketSend:
    """Sends notifications as datagrams to ``address``; ``@`` leads an abstract address."""

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def __call__(self, state: str) -> bool:
        """Send one notification, without waiting; False when it did not arrive."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.setblocking(False)
                sender.sendto(state.encode(), self._address)
        except OSError:
            # A full or vanished socket must never stop the picture; the next word gets through or the watchdog acts.
            return False
        return True
