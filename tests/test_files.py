import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.errors import OutputError, SettingsError, StyleError
from installation.files import read_toml, remove_unfinished, whole_file


@pytest.mark.parametrize("kind", [SettingsError, StyleError])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"#" * 1025, "is larger than 1 KB"),
        (b"\xff\xfe", "is not UTF-8 text; save it as UTF-8"),
        (b"a = ", "is not valid TOML"),
        (b"a=" + b"[" * 1000, "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_as_the_error_asked_for(tmp_path, kind, content, problem):
    path = tmp_path / "f.toml"
    path.write_bytes(content)
    with pytest.raises(kind, match=problem) as caught:
        read_toml(path, 1024, kind)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_cannot_be_read(tmp_path):
    for path in (tmp_path / "none", tmp_path, tmp_path / "zero\0byte"):
        with pytest.raises(SettingsError, match="cannot be read"):
            read_toml(path, 1024, SettingsError)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_an_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("toml") / "f.toml"
    path.write_bytes(content)
    with contextlib.suppress(SettingsError):
        assert isinstance(read_toml(path, 100, SettingsError), dict)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "f.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    assert read_toml(path, 1024, SettingsError) == {"a": 1}


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "new" / "f.json"
    with whole_file(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    with contextlib.suppress(RuntimeError), whole_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "whole"
    assert [entry.name for entry in path.parent.iterdir()] == ["f.json"]


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), whole_file(tmp_path / "file" / "f.json") as temporary:
        temporary.write_text("x")


def test_what_a_power_cut_left_is_removed(tmp_path):
    """The power goes while a file is written: its half stays, and nobody would ever look for it."""
    path = tmp_path / "tuning.json"
    path.write_text("old")
    writing = whole_file(path)
    writing.__enter__().write_text("ha")
    others = (".hidden", "letter.part", ".part.json", "a.0123456789abcdef.part.json")
    for name in others:
        (tmp_path / name).write_text("somebody else's")
    assert len(list(tmp_path.iterdir())) == len(others) + 2
    remove_unfinished(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted((*others, "tuning.json"))
    assert path.read_text() == "old"


def test_there_may_be_no_folder_to_clear(tmp_path):
    remove_unfinished(None)
    remove_unfinished(tmp_path / "none")
