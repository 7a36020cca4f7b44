from pathlib import Path

from installation.control.mqtt.docs import markdown


def test_the_page_is_what_the_code_says():
    written = Path(__file__).parents[3] / "docs" / "mqtt.md"
    assert written.read_text() == markdown(), "run: python -m installation.control.mqtt.docs > docs/mqtt.md"
