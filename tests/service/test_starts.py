from pathlib import Path

import pytest

from installation.service.starts import MOST_BAD_ENDS, SPAN, Starts


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_five_bad_ends_in_ten_minutes_it_is_safe_mode(tmp_path: Path) -> None:
    clock = Clock()
    starts = Starts(str(tmp_path), clock)
    for _ in range(MOST_BAD_ENDS):
        assert starts.begin() == ""
        clock.now += 60
    assert starts.begin().startswith("safe: it ended badly 5 times in 10 minutes")
    starts.end()
    assert starts.begin() == ""


def test_what_is_long_ago_does_not_count(tmp_path: Path) -> None:
    clock = Clock()
    starts = Starts(str(tmp_path), clock)
    for _ in range(20):
        assert starts.begin() == ""
        clock.now += SPAN / 4


@pytest.mark.parametrize("text", [b"", b"{}", b"[1e400]", b'["x"]', b"\xff", b"[" * 9000])
def test_whatever_is_in_the_file(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "bad-ends.json").write_bytes(text)
    assert Starts(str(tmp_path)).begin() == ""


def test_without_a_folder_nothing_is_remembered() -> None:
    starts = Starts(None)
    assert not any(starts.begin() for _ in range(9))
    starts.end()
