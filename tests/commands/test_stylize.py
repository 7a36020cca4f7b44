import argparse
import json

import numpy as np
import pytest
from PIL import Image

from installation.cli import main
from installation.commands.stylize import parse_mix
from tests.builders import write_collection
from tests.pictures import read_picture


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.linear_gradient("L").resize((120, 80)).save(path)
    return path


@pytest.fixture
def stylize(tmp_path, capsys):
    """Runs the command with a collection of its own into the folder "out"; gives status, stdout and stderr."""
    folder = write_collection(tmp_path / "styles", "scream", "great-wave")

    def run(*arguments: object, out="out") -> tuple[int, str, str]:
        status = main(
            ["stylize", "--size", "96", *map(str, arguments), "-o", str(tmp_path / out), "--collection", str(folder)]
        )
        return status, *capsys.readouterr()

    return run


def test_a_photo(stylize, photo, tmp_path):
    status, out, err = stylize(photo)
    assert (status, out, err) == (0, f"{tmp_path / 'out' / 'photo-great-wave.png'}\n", "")
    assert read_picture(tmp_path / "out" / "photo-great-wave.png").size == (96, 64)


def test_style_mix_and_strength_make_a_difference(stylize, photo, tmp_path):
    options = {
        "wave": ["--style", "great-wave"],
        "scream": ["--style", "scream"],
        "mix": ["--mix", "scream=1,great-wave=1"],
        "weak": ["--style", "scream", "--strength", "0.2"],
        "none": ["--style", "scream", "--strength", "0"],
        "mirror": ["--style", "photo"],
    }
    pictures = {}
    for name, arguments in options.items():
        assert stylize(photo, *arguments, out=name)[0] == 0
        pictures[name] = np.asarray(read_picture(next((tmp_path / name).iterdir()))).astype(int)
    np.testing.assert_array_equal(pictures["none"], pictures["mirror"])
    different = [pictures[name] for name in ("wave", "scream", "mix", "weak", "mirror")]
    for index, one in enumerate(different):
        assert all((one != other).any() for other in different[index + 1 :])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--style", "great-wave,scream,great-wave"], ["great-wave", "scream"]),
        (["--all-styles"], ["great-wave", "photo", "scream"]),
        (["--mix", "scream=3,great-wave=1"], ["scream-75-great-wave-25"]),
        (["--style", "scream", "--strength", "0.5"], ["scream-at-50"]),
    ],
)
def test_the_results_carry_their_style_in_their_name(stylize, photo, tmp_path, arguments, names):
    status, out, err = stylize(photo, *arguments)
    assert (status, err) == (0, "")
    assert sorted(out.splitlines()) == [str(tmp_path / "out" / f"photo-{name}.png") for name in names]
    assert len({file.read_bytes() for file in (tmp_path / "out").iterdir()}) == len(names)


def test_nothing_is_replaced_unless_asked(stylize, photo):
    assert stylize(photo)[0] == 0
    status, out, err = stylize(photo)
    assert (status, out) == (1, "")
    assert "add --replace" in err
    assert stylize(photo, "--replace")[0] == 0


def test_json_tells_of_what_went_well_and_what_did_not(stylize, photo, tmp_path):
    (tmp_path / "bad.jpg").write_text("no photo")
    status, out, err = stylize(photo, tmp_path / "bad.jpg", tmp_path / "none.jpg", "--json")
    results = {result["source"]: result for result in json.loads(out)}
    assert (status, err) == (1, "")
    assert results[str(photo)] == {
        "source": str(photo),
        "look": "great-wave",
        "output": str(tmp_path / "out" / "photo-great-wave.png"),
        "problem": None,
    }
    assert results[str(tmp_path / "bad.jpg")]["output"] is None
    assert "none.jpg" in results[str(tmp_path / "none.jpg")]["problem"]


def test_a_batch_ends_with_a_summary(stylize, photo, tmp_path):
    (tmp_path / "bad.jpg").write_text("no photo")
    status, out, err = stylize(photo, tmp_path / "bad.jpg")
    assert (status, out) == (1, f"{tmp_path / 'out' / 'photo-great-wave.png'}\n")
    first, last = err.splitlines()
    assert first.startswith(f"{tmp_path / 'bad.jpg'}: ")
    assert last == "1 of 2 could not be painted; the others are done"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--style", "sunflowers"], "there is no style 'sunflowers'; choose from"),
        (["--style", "scream,screem"], "there is no style 'screem'; did you mean 'scream'?"),
        (["--style", ""], "there is no style ''; choose from"),
        (["--mix", "scream=1,nobody=1"], "there is no style 'nobody'"),
        (["--strength", "1.5"], "--strength 1.5: must be 0 to 1"),
        (["--strength", "nan"], "--strength nan: must be 0 to 1"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(stylize, photo, tmp_path, arguments, message):
    status, out, err = stylize(photo, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"art-installation: {message}")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", ["8", "100000", "-1"])
def test_sizes_have_bounds(photo, tmp_path, capsys, size):
    assert main(["stylize", str(photo), "-o", str(tmp_path / "out"), "--size", size]) == 2
    assert f"--size {size}: must be" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(stylize, photo):
    status, out, err = stylize(photo, out="photo.png/out")
    assert (status, out) == (1, "")
    assert "cannot be made a folder" in err


@pytest.mark.parametrize(
    ("text", "weights"),
    [("a=0.6,b=0.4", {"a": 0.6, "b": 0.4}), ("a=3, b=1,c=0", {"a": 0.75, "b": 0.25}), ("a=1", {"a": 1.0})],
)
def test_mixes(text, weights):
    assert parse_mix(text) == pytest.approx(weights)


@pytest.mark.parametrize("text", ["", "a", "a=", "=1", "a=x", "a=-1", "a=nan", "a=inf", "a=0", "a=1,a=2", "a=1,,b=1"])
def test_what_is_no_mix(text):
    with pytest.raises(argparse.ArgumentTypeError):
        parse_mix(text)


def test_what_a_screen_would_show(stylize, photo, tmp_path):
    status, _, err = stylize(photo, "--screen", "320x180", "--size", "192")
    assert (status, err) == (0, "")
    assert read_picture(tmp_path / "out" / "photo-great-wave.png").size == (320, 180)
    assert stylize(photo, "--screen", "320x180", "--size", "192", "--rotation", "90", out="upright")[0] == 0
    assert read_picture(tmp_path / "upright" / "photo-great-wave.png").size == (180, 320)
    config = tmp_path / "mirror.toml"
    config.write_text("[display]\nrelief = 0.0\n")
    assert stylize(photo, "--screen", "320x180", "--size", "192", "--config", config, out="plain")[0] == 0
    first, plain = (np.asarray(read_picture(tmp_path / name / "photo-great-wave.png")) for name in ("out", "plain"))
    assert (first != plain).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--screen", "1920"), "'1920' is no screen; write WxH"),
        (("--screen", "10x10"), "is no screen"),
        (("--screen", "9999999x1080"), "is no screen"),
        (("--screen=-640x480",), "is no screen"),
        (("--screen", "640x480", "--size", "100"), "--size 100: with --screen it is a cost class: 192, 256"),
        (("--caption",), "--caption needs a screen; add --screen WxH"),
        (("--rotation", "0"), "--rotation needs a screen"),
        (("--no-mirror",), "--no-mirror needs a screen"),
        (("--config", "/none.toml"), "--config needs a screen"),
    ],
)
def test_screens_that_cannot_be(photo, tmp_path, capsys, arguments, words):
    try:
        status: object = main(["stylize", str(photo), "-o", str(tmp_path / "out"), *arguments])
    except SystemExit as error:
        status = error.code
    assert status == 2
    assert words in capsys.readouterr().err
