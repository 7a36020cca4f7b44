"""What an installation may put on the hub's shelf, and what a visitor gets from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.control.mqtt.pieces import LARGEST, MOST_PIECES, PIECE_BYTES, PieceHead, name_of, packed, unpacked
from installation.errors import CommandError
from installation.souvenirs import shelf as shelf_module
from installation.souvenirs.shelf import LEAST_PAUSE, MOST_KEPT, UNFINISHED, Shelf


def a_picture(size: int = 1000) -> bytes:
    return b"\xff\xd8\xff" + bytes(size - 5) + b"\xff\xd9"


def put(shelf: Shelf, owner: str, secret: str, now: float, picture: bytes | None = None, **options: int) -> bool:
    """Send a whole picture; whether it is kept."""
    kept = False
    how = {"seconds": 600, "fetches": 3, **options}
    for payload in packed(name_of(secret), a_picture() if picture is None else picture, **how):
        kept = shelf.take(owner, *unpacked(payload), now)
    return kept


def test_a_picture_is_fetched_three_times_and_forgotten():
    shelf = Shelf()
    picture = a_picture(3 * PIECE_BYTES + 17)
    assert put(shelf, "foyer", "s", 0.0, picture)
    assert shelf.fetch("other", 1.0) is None
    assert [shelf.fetch("s", 1.0) for _ in range(4)] == [picture, picture, picture, None]
    assert (len(shelf), shelf.size) == (0, 0)


def test_a_picture_is_forgotten_after_its_minutes():
    shelf = Shelf()
    put(shelf, "foyer", "s", 0.0, seconds=60)
    assert shelf.fetch("s", 59.0)
    assert shelf.fetch("s", 60.0) is None
    put(shelf, "foyer", "t", 100.0, seconds=60)
    shelf.forget(160.0)
    assert shelf.size == 0


def test_nobody_replaces_a_picture_or_its_conditions():
    shelf = Shelf()
    put(shelf, "foyer", "s", 0.0)
    with pytest.raises(CommandError, match="of this name"):
        put(shelf, "hall", "s", 0.0, a_picture(2000))
    head = PieceHead(name_of("t"), 0, 2, 600, 1)
    shelf.take("hall", head, a_picture(), 10.0)
    with pytest.raises(CommandError, match="missing"):
        shelf.take("hall", PieceHead(name_of("t"), 1, 2, 600, 3), a_picture(), 10.0)
    with pytest.raises(CommandError, match="missing"):  # and with the refusal it is gone
        shelf.take("hall", PieceHead(name_of("t"), 1, 2, 600, 1), a_picture(), 10.0)
    assert len(shelf.fetch("s", 11.0) or b"") == 1000


def test_one_installation_cannot_fill_the_hub():
    shelf = Shelf()
    put(shelf, "foyer", "0", 0.0)
    with pytest.raises(CommandError, match="one picture in 5 s"):
        put(shelf, "foyer", "1", LEAST_PAUSE - 0.1)
    for number in range(1, MOST_KEPT):
        put(shelf, "foyer", str(number), number * LEAST_PAUSE)
    with pytest.raises(CommandError, match="wait to be fetched"):
        put(shelf, "foyer", "more", MOST_KEPT * LEAST_PAUSE)
    assert put(shelf, "hall", "mine", 0.0)


def test_bytes_are_bounded_for_each_and_for_all(monkeypatch):
    shelf = Shelf()
    for number in range(4):
        put(shelf, "foyer", str(number), number * 10.0, a_picture(LARGEST))
    with pytest.raises(CommandError, match="no room"):
        put(shelf, "foyer", "more", 50.0)
    monkeypatch.setattr(shelf_module, "MOST_BYTES", shelf.size + 999)
    with pytest.raises(CommandError, match="no room"):
        put(shelf, "hall", "more", 50.0)
    assert shelf.size == 4 * LARGEST


def test_what_stays_unfinished_is_dropped():
    shelf = Shelf()
    shelf.take("foyer", PieceHead(name_of("s"), 0, 2, 600, 1), a_picture(), 0.0)
    shelf.forget(UNFINISHED)
    assert shelf.size == 0


@pytest.mark.parametrize("picture", [b"GIF89a", b"<html>", b"\xff\xd8\xff cut off"])
def test_only_whole_jpegs_are_kept(picture):
    with pytest.raises(CommandError, match="no JPEG"):
        put(Shelf(), "foyer", "s", 0.0, picture)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["foyer", "hall"]),
            st.integers(0, 3),
            st.integers(0, MOST_PIECES - 1),
            st.integers(1, MOST_PIECES),
            st.sampled_from([1, 600]),
            st.integers(1, 3),
            st.floats(0, 4),
        ),
        max_size=60,
    )
)
def test_whatever_is_sent_it_stays_within_its_bounds(pieces):
    shelf, now = Shelf(), 0.0
    for owner, which, piece, count, seconds, fetches, pause in pieces:
        now += pause
        try:
            shelf.take(owner, PieceHead(name_of(str(which)), piece, count, seconds, fetches), a_picture(), now)
        except CommandError:
            continue
    assert len(shelf) <= 4
    shelf.forget(now + 600)
    assert (len(shelf), shelf.size) == (0, 0)
