"""What happens to an exhibit in a year, in any order: chance with a seed."""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from tests.control.hub import BASE, Hub, Peer
from tests.faults.daemon import Daemon

DAY: Final = 86_400.0


class Year:
    """Lets one thing after another happen; ``counts`` says how often each did. With each the clock goes on a bit."""

    def __init__(self, daemon: Daemon, hub: Hub, styles: list[str], days: float, seed: int = 1) -> None:
        self._daemon = daemon
        self._hub = hub
        self._styles = styles
        self._days = days
        """How many days go by with each."""
        self._random = random.Random(seed)
        self._clock = 0.0
        self.counts: Counter[str] = Counter()
        frequent: list[Callable[[], None]] = [self.style, self.mix, self.strength, self.attract, self.nonsense]
        rare = [self.screen_off, self.camera_gone, self.camera_hangs, self.broker_stopped, self.broker_killed]
        self._all = [*frequent * 8, *rare, self.reload, self.identify, self.settings]

    def all_once(self) -> None:
        """Let each of all things happen, those that make much anew three times; it is not counted."""
        for one in (*dict.fromkeys(self._all), *(self.reload, self.settings) * 3):
            one()
            self._daemon.more_pictures(5, 60)

    def go_on(self) -> None:
        """Let the next thing happen; returns when it is over."""
        one = self._random.choice(self._all)
        self._clock += self._days * DAY
        self._daemon.set(clock=self._clock)
        one()
        self.counts[one.__name__.replace("_", " ")] += 1

    def style(self) -> None:
        self._say("style/set", self._random.choice(self._styles))

    def mix(self) -> None:
        few = self._random.sample(self._styles, 3)
        parts = {name: round(self._random.uniform(0.1, 1.0), 2) for name in few}
        self._say("mix/set", json.dumps({"styles": parts, "seconds": round(self._random.uniform(0.5, 3.0), 1)}))

    def strength(self) -> None:
        self._say("strength/set", f"{self._random.random():.2f}")

    def attract(self) -> None:
        self._say("attract/set", self._random.choice(("ON", "OFF")))

    def nonsense(self) -> None:
        self._say(self._random.choice(("style/set", "mix/set", "strength/set")), self._random.randbytes(40))

    def identify(self) -> None:
        self._say("request/identify", "{}")

    def reload(self) -> None:
        self._say("request/reload", "{}")

    def settings(self) -> None:
        """SIGHUP: the mirror is made anew, in the same process."""
        self._daemon.signal(signal.SIGHUP)
        time.sleep(5)
        self._daemon.more_pictures(5, 60)

    def screen_off(self) -> None:
        self._say("display/set", "OFF")
        time.sleep(1)
        self._say("display/set", "ON")
        self._daemon.more_pictures(5, 60)

    def camera_gone(self) -> None:
        self._camera("absent")

    def camera_hangs(self) -> None:
        # No longer than its time-out: then the daemon asks to be started anew, as tests/faults shows.
        self._daemon.set(camera="hang in read")
        time.sleep(0.5)
        self._daemon.set(camera="ok")
        self._daemon.more_pictures(5, 60)

    def broker_stopped(self) -> None:
        self._hub.stop()
        time.sleep(self._random.uniform(0.0, 3.0))
        self._hub.start()

    def broker_killed(self) -> None:
        self._hub.kill()
        time.sleep(self._random.uniform(0.0, 3.0))
        self._hub.start()

    def _camera(self, how: str) -> None:
        self._daemon.set(camera=how)
        time.sleep(2)
        self._daemon.set(camera="ok")
        self._daemon.more_pictures(5, 60)

    def _say(self, what: str, payload: str | bytes) -> None:
        one = Peer(self._hub.port, user="technician", password="t")
        try:
            one.publish(f"{BASE}/mirror/{what}", payload)
        finally:
            one.close()
