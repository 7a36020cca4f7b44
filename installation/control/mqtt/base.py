"""What those who speak over a `Link` of their own have in common."""

from installation.control.mqtt.link import Link


class MqttClient:
    """Begins, ends and tells the state of ``_link``, which the subclass makes, with itself as the listener."""

    _link: Link

    @property
    def state(self) -> str:
        """The connection's state, as the `Link` tells it."""
        return self._link.state

    @property
    def trouble(self) -> str:
        """What is wrong though the connection may stand, as the `Link` tells it; empty when all is well."""
        return self._link.trouble

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._link.start()

    def stop(self) -> None:
        """Say goodbye and end; takes a second at most."""
        self._link.stop()
