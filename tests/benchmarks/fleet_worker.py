"""A process full of installations: the daemon's own control, each with a stub mirror that shows at once what is asked.

``python fleet_worker.py URL FIRST COUNT`` runs until its standard input ends.
"""

import contextlib
import select
import sys
import time

from installation.control.mqtt.client import Control
from installation.control.mqtt.info import InstallationInfo
from installation.service.health import Health
from installation.settings import BrokerSettings, Settings
from installation.show.commands import Request, SetStyle
from installation.show.director import Scene
from installation.show.offer import OfferedStyle
from installation.show.queue import CommandQueue

STYLES = tuple(f"style-{number}" for number in range(20))
HEALTH_EVERY = 5.0


class StubMirror:
    """An installation without a camera, a network and a screen."""

    def __init__(self, url: str, number: int) -> None:
        self.queue = CommandQueue()
        styles = tuple(OfferedStyle(name=name, title=name.title(), artist="Somebody", year="1900") for name in STYLES)
        info = InstallationInfo(
            id=f"pi{number:03}", name=f"Mirror {number}", group=f"house-{number % 5}", version="1.0.0",
            network_sha256="ab" * 32, url="http://hub/", styles=styles,
        )  # fmt: skip
        self.control = Control(Settings(broker=BrokerSettings(url=url, keepalive=30)), info, self.queue)
        self.style = STYLES[0]
        self._health_at = time.monotonic() + HEALTH_EVERY * (number % 50) / 50
        self.show()
        self.report()

    def show(self) -> None:
        self.control.show(Scene({self.style: 1.0}, self.style, 1.0, "visitor", True, False))

    def report(self) -> None:
        self.control.health(
            Health(
                fps=25.0, inference_ms=12.0, frame_age=0.04, camera="ok", display="ok", broker="ok", temperature=50.0,
                throttled=False, rss_mb=100.0, uptime=time.monotonic(), restarts=0,
                dropped_commands=self.control.dropped, version="1.0.0",
            )
        )  # fmt: skip

    def step(self, now: float) -> None:
        for command in self.queue.drain():
            if isinstance(command, SetStyle):
                self.style = command.name
                self.show()
            elif isinstance(command, Request):
                self.control.respond(command)
        if now >= self._health_at:
            self._health_at = now + HEALTH_EVERY
            self.report()


def main(url: str, first: int, count: int) -> None:
    mirrors = [StubMirror(url, number) for number in range(first, first + count)]
    for mirror in mirrors:
        mirror.control.start()
    while not select.select([sys.stdin], [], [], 0.04)[0]:
        now = time.monotonic()
        for mirror in mirrors:
            mirror.step(now)
    for mirror in mirrors:
        with contextlib.suppress(RuntimeError):
            mirror.control.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
