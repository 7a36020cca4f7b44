import signal
import sys
import time
from typing import Any, NoReturn

import pytest

from installation.commands.early_signals import EarlySignals


class Ended(BaseException):
    """As the command line raises it for SIGTERM."""


@pytest.fixture(autouse=True)
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    def handler(_signum: int, _frame: object) -> NoReturn:
        raise Ended

    before = signal.signal(signal.SIGTERM, handler)
    yield handler
    signal.signal(signal.SIGTERM, before)


def test_without_a_signal_all_is_as_before(raising: Any) -> None:
    hook = sys.unraisablehook
    with EarlySignals() as signals:
        signals.check()
        assert signal.getsignal(signal.SIGTERM) is not raising
    assert signal.getsignal(signal.SIGTERM) is raising
    assert sys.unraisablehook is hook


def test_a_signal_raises_where_it_comes() -> None:
    with pytest.raises(Ended), EarlySignals():
        signal.raise_signal(signal.SIGTERM)


def test_an_exception_that_a_library_made_of_it_counts_as_the_signal() -> None:
    def load() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Ended as error:
            raise ImportError("initialization failed") from error

    with pytest.raises(Ended), EarlySignals():
        load()


def test_errors_without_a_signal_stay_what_they_are() -> None:
    with pytest.raises(ImportError), EarlySignals():
        raise ImportError("there is no such module")


class Swallowing:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_what_is_swallowed_is_raised_again_and_leaves_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def start(signals: EarlySignals) -> None:
        Swallowing()
        signals.check()
        raise AssertionError("the signal is lost")

    with pytest.raises(Ended), EarlySignals() as signals:
        start(signals)
    assert capsys.readouterr().err == ""
    with pytest.raises(Ended), EarlySignals():
        Swallowing()


def test_a_start_that_goes_on_all_the_same_is_ended() -> None:
    ends: list[int] = []

    def start() -> None:
        Swallowing()
        until = time.monotonic() + 5
        while not ends and time.monotonic() < until:
            time.sleep(0.01)

    with pytest.raises(Ended), EarlySignals(0.1, ends.append):
        start()
    assert ends == [0]


def test_a_start_that_ends_is_left_alone() -> None:
    ends: list[int] = []
    with pytest.raises(Ended), EarlySignals(0.1, ends.append):
        signal.raise_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert not ends


def test_signals_that_are_ignored_stay_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with EarlySignals():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
