import select

from installation.control.mqtt.waker import Waker


def readable(waker: Waker) -> bool:
    poll = select.poll()
    poll.register(waker, select.POLLIN)
    return bool(poll.poll(0))


def test_a_wake_ends_the_wait_until_it_is_drained() -> None:
    with Waker() as waker:
        assert not readable(waker)
        waker.wake()
        waker.wake()
        assert readable(waker)
        waker.drain()
        assert not readable(waker)


def test_any_number_of_wakes_never_blocks() -> None:
    with Waker() as waker:
        for _ in range(10_000):
            waker.wake()
        waker.drain()
        assert not readable(waker)


def test_while_closed_nothing_happens() -> None:
    waker = Waker()
    waker.wake()
    assert waker.fileno() == -1
    with waker:
        pass
    waker.wake()
    assert waker.fileno() == -1
