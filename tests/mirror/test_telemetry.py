"""The telemetry's log: one line now and then, with the numbers as fields."""

import logging
from types import SimpleNamespace
from typing import Any, cast

import pytest

from installation.display.headless import HeadlessDisplay
from installation.mirror.telemetry import LOG_AFTER, LOG_EVERY, Telemetry
from installation.service.clock import WallClock
from installation.service.health import HealthFile, Meter
from installation.service.systemd import Notifier
from installation.show.director import Scene

SCENE = Scene({"scream": 1.0}, "scream", 1.0, "visitor", attract=False, held=False)


def test_numbers_are_logged_as_fields_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    control: Any = SimpleNamespace(state="online", trouble="", dropped=0, health=lambda report: None)
    capture: Any = SimpleNamespace(state="ok", problem="")
    painter: Any = SimpleNamespace(stylizer=SimpleNamespace(width=336, height=192))
    sizer: Any = SimpleNamespace(cost_class=256, reason="network.size says so")
    clock, display, file = WallClock(lambda: ""), HeadlessDisplay(), HealthFile(None)
    telemetry = Telemetry(
        Notifier({}), control, capture, Meter(), painter, sizer, clock, display, file, version="1", restarts=0
    )
    with caplog.at_level(logging.INFO, "installation.mirror.telemetry"):
        for now in (0.0, LOG_AFTER - 6, LOG_AFTER, LOG_AFTER + 6, LOG_AFTER + LOG_EVERY):
            telemetry.tell(SCENE, now, alive=True)
    assert len(caplog.records) == 2
    fields = cast(Any, caplog.records[0]).fields
    assert (fields["STYLE"], fields["CAMERA"], fields["BROKER"]) == ("scream", "ok", "ok")
    assert fields["COST_CLASS"] == 256
    assert caplog.records[0].getMessage().startswith("scream · ")
