import threading

import pytest

from installation.errors import InstallationError, StyleError
from installation.mirror.background import BackgroundTask


def test_the_result_comes_when_the_work_is_done():
    gate = threading.Event()

    def work():
        gate.wait(10)
        return 7

    task = BackgroundTask(work)
    assert not task.done
    gate.set()
    assert task.result() == 7
    assert task.done


def fail_with(error):
    raise error


def test_its_own_errors_come_back():
    with pytest.raises(StyleError, match="broken"):
        BackgroundTask(lambda: fail_with(StyleError("broken"))).result()


def test_any_other_error_becomes_a_sentence():
    with pytest.raises(InstallationError, match="KeyError"):
        BackgroundTask(lambda: fail_with(KeyError("x"))).result()
