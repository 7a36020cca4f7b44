import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.show.commands import (
    PickStyle,
    Quit,
    Request,
    SetAttract,
    SetDisplay,
    SetMix,
    SetStrength,
    SetStyle,
    SetSurprise,
    StepStrength,
    StepStyle,
    ToggleHold,
)
from installation.show.queue import LIMIT, CommandQueue


def drained(*commands):
    queue = CommandQueue()
    for command in commands:
        queue.put(command)
    return queue.drain()


def test_the_last_of_one_kind_counts():
    assert drained(SetStrength(0.1), SetStyle("a"), SetStrength(0.9)) == [SetStyle("a"), SetStrength(0.9)]
    assert drained(SetAttract(True), SetDisplay(False), SetAttract(False)) == [SetDisplay(False), SetAttract(False)]


@pytest.mark.parametrize("earlier", [SetStyle("a"), SetMix({"a": 1.0}), PickStyle(1), StepStyle(1), SetSurprise(1)])
@pytest.mark.parametrize("later", [SetStyle("b"), SetMix({"b": 1.0}), PickStyle(2), SetSurprise(2)])
def test_a_choice_voids_every_earlier_choice(earlier, later):
    assert drained(earlier, later) == [later]


def test_steps_add_up_after_what_was_set():
    assert drained(SetStyle("a"), StepStyle(1), StepStyle(1), StepStyle(-1)) == [SetStyle("a"), StepStyle(1)]
    assert drained(SetStrength(0.5), StepStrength(0.1), StepStrength(0.1)) == [SetStrength(0.5), StepStrength(0.2)]


def test_strength_steps_in_both_directions_keep_their_order():
    commands = [StepStrength(0.8), StepStrength(-0.3), StepStrength(0.1)]
    assert drained(*commands) == commands


def test_requests_are_all_kept_up_to_the_bound():
    requests = [Request("identify", number) for number in range(LIMIT)]
    assert drained(*requests) == requests
    assert drained(Request("reload"), *requests) == requests


@pytest.mark.parametrize("flood", [ToggleHold(), Request("identify"), StepStyle(1), SetStrength(0.2)])
def test_a_flood_drops_neither_what_was_set_nor_the_end(flood):
    commands = drained(SetStyle("a"), Quit(), *[flood] * 500)
    assert len(commands) <= LIMIT
    assert SetStyle("a") in commands
    assert Quit() in commands


def test_drained_it_is_empty():
    queue = CommandQueue()
    queue.put(Quit())
    assert queue.drain() == [Quit()]
    assert queue.drain() == []


def test_ten_thousand_wishes_take_no_time_worth_mentioning():
    queue = CommandQueue()
    start = time.process_time()
    for number in range(10_000):
        queue.put((SetStrength(number / 1e4), StepStyle(1), ToggleHold(), Request("identify"))[number % 4])
    assert time.process_time() - start < 2.0
    assert len(queue.drain()) <= LIMIT


def test_threads_lose_no_step():
    queue, total = CommandQueue(), []

    def put():
        for _ in range(2_000):
            queue.put(StepStyle(1))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        total.extend(queue.drain())
    total.extend(queue.drain())
    steps = [command for command in total if isinstance(command, StepStyle)]
    assert len(steps) == len(total)
    assert sum(step.by for step in steps) == 8_000


anything = st.one_of(
    st.sampled_from("abc").map(SetStyle),
    st.floats(0, 1).map(SetStrength),
    st.booleans().map(SetAttract),
    st.booleans().map(SetDisplay),
    st.integers(-3, 3).map(StepStyle),
    st.floats(-1, 1).map(StepStrength),
    st.integers(0, 9).map(PickStyle),
    st.just(ToggleHold()),
    st.just(Quit()),
)


@given(st.lists(anything, max_size=200))
def test_bounded_whatever_comes_and_each_set_once(commands):
    result = drained(*commands)
    assert len(result) <= LIMIT
    for kind in (SetStyle, SetStrength, SetAttract, SetDisplay, PickStyle):
        assert sum(isinstance(command, kind) for command in result) <= 1
    assert (Quit() in result) == (Quit() in commands) or commands.count(Quit()) >= LIMIT
