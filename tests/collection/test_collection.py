import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.collection import MOST_STYLES, Collection, shipped
from installation.collection.style_file import LARGEST_FILE, read_style_file
from installation.errors import NetworkFileError, StyleError
from installation.offline.verification import problems
from tests.builders import write_collection, write_style


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "styles", "scream", "great-wave")


def test_names_are_in_order_and_photo_is_last(folder):
    assert Collection.load(folder).names == ("great-wave", "scream", "photo")
    write_style(folder, "zebra", order=1)
    write_style(folder, "yak", order=2)
    write_style(folder, "photo", order=-5)
    assert Collection.load(folder).names == ("zebra", "yak", "great-wave", "scream", "photo")


def test_a_style_tells_what_it_is(folder):
    style = Collection.load(folder)["scream"]
    assert (style.name, style.title, style.artist, style.year) == (
        "scream",
        "The scream",
        "Katsushika Hokusai",
        "c. 1831",
    )
    assert style.vector.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        style.vector[0] = 7


def test_an_unknown_name_is_told_with_those_there_are(folder):
    with pytest.raises(StyleError, match="no style 'sunflowers'; choose from great-wave, scream, photo"):
        Collection.load(folder)["sunflowers"]


def test_a_style_may_be_weaker_than_it_was_made(folder):
    collection = Collection.load(folder)
    weaker = collection.softened({"scream": 0.25})
    assert weaker.names == collection.names
    photo, scream = collection.photo.vector, collection["scream"].vector
    np.testing.assert_allclose(weaker["scream"].vector, photo + 0.25 * (scream - photo), rtol=1e-5, atol=1e-6)
    assert not weaker["scream"].vector.flags.writeable
    assert weaker["great-wave"] is collection["great-wave"]
    with pytest.raises(StyleError, match="no style 'sunflowers'"):
        collection.softened({"sunflowers": 0.5})


def test_a_mix_is_interpolated_from_the_photo(folder):
    collection = Collection.load(folder)
    wave, scream, photo = (collection[name].vector for name in collection.names)
    out = np.empty_like(photo)
    assert collection.vector({"scream": 1.0}, 0.0, out) is out
    np.testing.assert_allclose(out, photo, rtol=1e-6)
    np.testing.assert_allclose(collection.vector({"scream": 1.0}, 1.0), scream, rtol=1e-6)
    mixed = collection.vector({"scream": 0.25, "great-wave": 0.75}, 0.5)
    np.testing.assert_allclose(mixed, photo + 0.5 * (0.25 * scream + 0.75 * wave - photo), rtol=1e-5)
    with pytest.raises(StyleError):
        collection.vector({"nobody": 1.0}, 1.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"title": ""}, r"is not a style file .*title"),
        ({"title": "two\\nlines"}, "is not a style file"),
        ({"artist": "x" * 201}, "is not a style file"),
        ({"year": 1831}, r"is not a style file .*year"),
        ({"network": "abc"}, r"is not a style file .*network"),
        ({"network": None}, "missing required field `network`"),
        ({"vector": []}, r"is not a style file .*vector"),
        ({"vector": [True]}, r"is not a style file .*vector"),
        ({"vector": ["1"]}, r"is not a style file .*vector"),
        ({"vector": [float("nan")] * 32}, "not finite or far too large"),
        ({"vector": [float("inf")] * 32}, "not finite or far too large"),
        ({"vector": [1e9] * 32}, "not finite or far too large"),
        ({"order": 1.5}, r"is not a style file .*order"),
        ({"mood": "dark"}, "unknown field `mood`"),
        ({"vector": [1.0]}, "is not as long as photo's"),
    ],
)
def test_a_broken_style_is_refused_or_left_out(folder, more, message):
    path = write_style(folder, "broken", **more)
    with pytest.raises(StyleError, match=message) as caught:
        Collection.load(folder)
    assert str(path) in str(caught.value)
    skipped: list[Exception] = []
    assert Collection.load(folder, skip=skipped.append).names == ("great-wave", "scream", "photo")
    assert [str(error) for error in skipped] == [str(caught.value)]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"title = ", b"#" * (LARGEST_FILE + 1), b"a=" + b"[" * 30_000, b"a=" + b"1" * 9_000]
)
def test_what_is_no_style_file(tmp_path, content):
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(StyleError, match=r"odd\.toml"):
        read_style_file(path)


@pytest.mark.parametrize("name", ["Great Wave", "-wave", "a" * 64, "wave#", "wave\n"])
def test_names_are_plain(tmp_path, name):
    with pytest.raises(StyleError, match="rename it"):
        read_style_file(write_style(tmp_path, name))


def test_photo_is_required_and_has_to_be_good(folder):
    write_style(folder, "photo", vector=[])
    with pytest.raises(StyleError, match=r"photo\.toml"):
        Collection.load(folder, skip=lambda _: None)
    (folder / "photo.toml").unlink()
    with pytest.raises(StyleError, match=r"lacks photo\.toml"):
        Collection.load(folder)


def test_no_folder_no_collection(tmp_path):
    with pytest.raises(StyleError, match="there is no collection here"):
        Collection.load(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(StyleError, match="there is no collection here"):
        Collection.load(tmp_path / "file")


def test_not_too_many_styles(tmp_path):
    for number in range(MOST_STYLES + 1):
        (tmp_path / f"s{number}.toml").touch()
    with pytest.raises(StyleError, match="more than 200; take some out"):
        Collection.load(tmp_path)


def test_what_else_lies_about_is_ignored(folder):
    (folder / "sub.toml").mkdir()
    (folder / "REPORT.md").touch()
    os.mkfifo(folder / "pipe.toml")
    assert len(Collection.load(folder).names) == 3


def test_a_sound_collection_verifies(folder):
    assert Collection.load(folder).verify() == []
    assert problems(folder) == []


def test_verify_tells_of_every_problem(folder):
    write_style(folder, "foreign")
    write_style(folder, "broken", title="")
    found = problems(folder)
    assert len(found) == 2
    assert "broken.toml: is not a style file" in found[0]
    assert found[1].startswith("foreign: was made for another network (000000000000…")


def test_verify_tells_of_a_damaged_or_missing_network(folder):
    (folder / "network.tflite").write_bytes(b"no network")
    assert "network.tflite" in problems(folder)[0]
    (folder / "network.tflite").unlink()
    assert "there is no such network file" in problems(folder)[0]
    with pytest.raises(NetworkFileError):
        Collection.load(folder).verify()
    assert "there is no collection here" in problems(folder / "none")[0]


def test_verify_tells_of_vectors_that_do_not_fit_the_network(folder):
    for name in ("great-wave", "scream", "photo"):
        write_style(folder, name, vector=[1.0, 2.0])
    assert problems(folder)[0].startswith("great-wave: has 2 numbers, the network wants 32")


def test_verify_tells_of_a_dead_network(tmp_path):
    assert "dead" in problems(write_collection(tmp_path / "dead", "scream", dead=True))[0]


def test_verify_tells_of_a_dead_style(folder):
    network = Collection.load(folder).photo.network
    write_style(folder, "grey", network, [0.0] * 32)
    assert problems(folder) == ["grey: paints the same whatever it sees; restore its file or make it again"]


@pytest.mark.skipif(not (shipped() / "network.tflite").is_file(), reason="no collection is shipped yet (train it)")
def test_the_shipped_collection_is_sound():
    collection = Collection.load()
    assert collection.verify() == []
    assert len(collection.names) >= 9
    assert all(collection[name].title for name in collection.names)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused_in_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    with pytest.raises(StyleError):
        read_style_file(path)
