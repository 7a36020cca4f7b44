"""Watches the camera's frames for somebody who comes."""

from installation.camera.motion import MotionSensor
from installation.frame import Pixels
from installation.show.presence import Presence


class PresenceWatch:
    """Looks at a frame four times a second; the frames between cost nothing."""

    def __init__(self) -> None:
        self._sensor = MotionSensor()
        self._presence = Presence()

    def look(self, frame: Pixels, now: float) -> bool:
        """Whether somebody is there."""
        if self._presence.due(now):
            self._presence.see(self._sensor.moved(frame), now)
        return self._presence.present

    @property
    def present(self) -> bool:
        """Whether somebody was there at the last look."""
        return self._presence.present

    @property
    def visits(self) -> int:
        """How often somebody came since the start."""
        return self._presence.visits
