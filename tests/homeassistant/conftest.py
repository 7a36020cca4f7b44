import pytest


@pytest.fixture
def expected_lingering_timers() -> bool:
    """The MQTT integration leaves its own timers behind."""
    return True
