import logging
import signal

import pytest


@pytest.fixture
def process_state():
    """Give the process back its log and its signals: a command takes them for a process of its own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    root.handlers[:], root.level = handlers, level
    for number, handler in signals.items():
        signal.signal(number, handler)
