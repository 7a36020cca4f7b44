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
    """Sends the daemon's state to systemd. No call raises or blocks.

    Tests replace ``os.environ`` by ``environment`` and the transport by ``send``.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, send: Send | None = None) -> None:
        environment = os.environ if environment is None else environment
        address = environment.get("NOTIFY_SOCKET", "")
        self._send: Send | None = (send or make_send(address)) if address else None
        self._status = ""
        self._patience = environment.get("WATCHDOG_USEC", "")
        self._was_ready = False

    @property
    def connected(self) -> bool:
        """Whether systemd expects notifications."""
        return self._send is not None

    def ready(self) -> None:
        """Report that start-up is complete: the first picture is on screen."""
        if self._patience:
            self._watchdog()
            self._notify(f"WATCHDOG_USEC={self._patience}")
        self._notify("READY=1")
        self._was_ready = True

    def starting(self, seconds: float) -> None:
        """Ask the watchdog for so many seconds until `ready`: a mirror is made anew in a process that was ready."""
        if self._patience:
            self._notify(f"WATCHDOG_USEC={max(int(seconds * 1e6), int(self._patience))}")
            self._watchdog()

    def status(self, text: str) -> None:
        """Show one line in ``systemctl status``; an unchanged line is not sent again."""
        line = " ".join(text.split())[:STATUS_LIMIT]
        if line != self._status and self._notify(f"STATUS={line}"):
            self._status = line

    def alive(self, seconds: float) -> None:
        """Report that all is well; without this for ``WatchdogSec=``, systemd restarts the daemon.

        Until it was `ready` for the first time, request so many more seconds to start instead: a watchdog that hears
        from the daemon counts from then on, and a slow start would not outlast it.
        """
        if self._was_ready:
            self._watchdog()
        else:
            self._notify(f"EXTEND_TIMEOUT_USEC={max(0, int(seconds * 1e6))}")

    def stopping(self) -> None:
        """Report that the daemon is stopping."""
        self._notify("STOPPING=1")

    def _watchdog(self) -> None:
        self._notify("WATCHDOG=1")

    def _notify(self, state: str) -> bool:
        return self._send is not None and self._send(state)


def make_send(address: str) -> Send:
    """The transport to the notify socket at ``address``: systemd-python where it is installed, else a plain socket."""
    try:
        from systemd.daemon import notify  # optional, and absent on laptops
    except ImportError:
        return SocketSend(address)
    # systemd-python reads the address from the environment itself, so use it only for that address.
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
            # A full or missing socket must never stop the picture: the next notification arrives, or the watchdog acts.
            return False
        return True
