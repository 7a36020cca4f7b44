import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.control.mqtt.handover import PATIENCE, Handover
from installation.control.mqtt.pieces import LARGEST, MOST_PIECES, PIECE_BYTES, name_of, packed, unpacked
from installation.errors import CommandError

NAME = name_of("secret")


@given(st.binary(min_size=1, max_size=1000), st.integers(1, 600), st.integers(1, 3))
def test_what_is_packed_is_unpacked(picture, seconds, fetches):
    (payload,) = packed(NAME, picture, seconds=seconds, fetches=fetches)
    head, data = unpacked(payload)
    assert (head.name, head.seconds, head.fetches, data) == (NAME, seconds, fetches, picture)
    assert b"secret" not in payload


def test_the_largest_picture():
    payloads = list(packed(NAME, bytes(LARGEST), seconds=1, fetches=1))
    assert len(payloads) == MOST_PIECES
    assert b"".join(unpacked(payload)[1] for payload in payloads) == bytes(LARGEST)
    assert max(map(len, payloads)) < PIECE_BYTES + 512


@given(st.binary(max_size=600) | st.just(b"{}\nx") | st.just(b'{"name":1}\n' + bytes(PIECE_BYTES + 1)))
def test_nothing_else_is_a_piece(payload):
    with pytest.raises(CommandError):
        unpacked(payload)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_handover_ends_with_the_hubs_answer():
    clock = Clock()
    one = Handover(clock)
    one.begin("secret", bytes(PIECE_BYTES + 1), seconds=60, fetches=2)
    assert [one.next_piece() is None for _ in range(3)] == [False, False, True]
    one.answered(b'{"name":"' + name_of("another").encode() + b'"}')
    assert one.outcome() is None
    one.answered(b'{"name":"' + NAME.encode() + b'","error":"there is no room"}')
    assert one.outcome() == "the hub refuses the picture: there is no room"
    one.begin("secret", b"x", seconds=60, fetches=2)
    one.answered(b'{"name":"' + NAME.encode() + b'"}')
    assert one.outcome() == ""


def test_a_hub_that_is_silent_is_given_up():
    clock = Clock()
    one = Handover(clock)
    one.begin("secret", b"x", seconds=60, fetches=2)
    clock.now = PATIENCE + 1
    assert "has not taken the picture" in (one.outcome() or "")
    assert one.next_piece() is None
    one.answered(b'{"name":"' + NAME.encode() + b'"}')  # too late
    assert one.outcome()


@pytest.mark.parametrize("payload", [b"", b"x", b"[]", b'{"name":"short"}', b"\xff"])
def test_another_answer_is_refused(payload):
    with pytest.raises(CommandError):
        Handover().answered(payload)
