"""Base class of the MQTT clients: start, stop and connection state."""

from installation.control.mqtt.link import Link


class MqttClient:
    """Delegates to ``_link``, a `Link` that the subclass creates with itself as the listener."""

    _link: Link

    @property
    def state(self) -> str:
        """The connection's state, see `Link`."""
        return self._link.state

    @property
    def trouble(self) -> str:
        """A problem that may exist on a working connection, see `Link`; empty without one."""
        return self._link.trouble

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._link.start()

    def stop(self) -> None:
        """Disconnect and stop; takes at most a second."""
        self._link.stop()
