import json

import pytest
from PIL import Image

from installation.cli import main
from tests.builders import write_collection, write_style
from tests.pictures import read_picture

KEYS = ["name", "title", "artist", "year", "licence", "source"]


@pytest.fixture
def folder(tmp_path):
    return write_collection(tmp_path / "styles", "scream", "great-wave")


@pytest.fixture
def styles(folder, capsys):
    """Runs the command on the collection; gives status, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["styles", *map(str, arguments), "--collection", str(folder)])
        return status, *capsys.readouterr()

    return run


def test_list(styles):
    status, out, _ = styles("list")
    assert status == 0
    assert "Katsushika Hokusai" in out
    assert out.index("great-wave") < out.index("scream") < out.index("photo")
    status, out, _ = styles("list", "--json")
    rows = json.loads(out)
    assert [row["name"] for row in rows] == ["great-wave", "scream", "photo"]
    assert list(rows[0]) == KEYS
    assert rows[1]["source"] == "scream.jpg"


def test_show(styles):
    status, out, _ = styles("show", "scream", "--json")
    assert (status, json.loads(out)["title"]) == (0, "The scream")
    status, out, _ = styles("show", "scream")
    assert (status, "The scream" in out) == (0, True)
    status, _, err = styles("show", "sunflowers")
    assert (status, err) == (
        2,
        "art-installation: there is no style 'sunflowers'; choose from great-wave, scream, photo\n",
    )


def test_a_sheet_of_surprises(styles, tmp_path):
    photo, sheet = tmp_path / "photo.png", tmp_path / "sheet.png"
    Image.linear_gradient("L").save(photo)
    status, out, err = styles("sheet", photo, "--surprises", 12, "-o", sheet, "--json")
    answer = json.loads(out)
    assert answer == {"output": str(sheet), "surprises": 12, "mud": answer["mud"]}
    assert (status, bool(err)) == ((1, True) if answer["mud"] else (0, False))
    assert read_picture(sheet).size[0] > 10 * 256
    assert styles("sheet", photo, "--surprises", 0, "-o", sheet)[0] == 2


@pytest.mark.parametrize("name", ["sheet.png", "sheet.JPG", "new/sheet.webp"])
def test_sheet(styles, tmp_path, name):
    photo = tmp_path / "photo.png"
    Image.linear_gradient("L").save(photo)
    status, out, _ = styles("sheet", photo, "-o", tmp_path / name, "--json")
    assert status == 0
    assert json.loads(out) == {"output": str(tmp_path / name), "styles": ["great-wave", "scream", "photo"]}
    picture = read_picture(tmp_path / name)
    assert picture.size == (28 + 3 * 284, 28 + 342)


def test_sheet_of_what_cannot_be(styles, tmp_path):
    assert styles("sheet", tmp_path / "none.jpg", "-o", tmp_path / "a.png")[0] == 1
    photo = tmp_path / "photo.png"
    Image.new("RGB", (1, 1)).save(photo)
    status, _, err = styles("sheet", photo, "-o", tmp_path / "a.docx")
    assert (status, "must end in .png" in err) == (2, True)
    status, _, err = styles("sheet", photo, "-o", photo / "a.png")
    assert (status, "cannot be written" in err) == (1, True)


def test_verify(styles, folder):
    status, out, _ = styles("verify")
    assert (status, out) == (0, f"{folder}: the network and all styles are sound\n")
    write_style(folder, "foreign")
    status, out, err = styles("verify")
    assert (status, out) == (1, "")
    assert err.startswith("foreign: was made for another network")
    status, out, _ = styles("verify", "--json")
    found = json.loads(out)
    assert (status, found["sound"], len(found["problems"])) == (1, False, 1)


def test_a_missing_collection(capsys, tmp_path):
    assert main(["styles", "list", "--collection", str(tmp_path / "none")]) == 1
    assert "there is no collection here" in capsys.readouterr().err
