import threading

import pytest

from installation.errand import Errand
from installation.errors import InstallationError, StyleError


def test_the_result_comes_when_the_work_is_done():
    gate = threading.Event()

    def work():
        gate.wait(10)
        return 7

    errand = Errand(work)
    assert not errand.done
    gate.set()
    assert errand.result() == 7
    assert errand.done


def fail_with(error):
    raise error


def test_its_own_errors_come_back():
    with pytest.raises(StyleError, match="broken"):
        Errand(lambda: fail_with(StyleError("broken"))).result()


def test_any_other_error_becomes_a_sentence():
    with pytest.raises(InstallationError, match="KeyError"):
        Errand(lambda: fail_with(KeyError("x"))).result()
