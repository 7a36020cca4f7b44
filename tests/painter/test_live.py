import numpy as np
import pytest

from installation.errors import NetworkFileError
from installation.painter.denoise import Denoiser
from installation.painter.live import FAILURES_IN_A_ROW, LivePainter
from installation.show.director import Scene
from tests.mirror.parts import FakeCollection, FakeFile, FakeStylizer

SCENE = Scene(mix={"great-wave": 1.0}, style="great-wave", strength=0.5, phase="visitor", attract=True, held=False)
FRAME = np.full((64, 64, 3), 55, np.uint8)


@pytest.fixture
def stylizer():
    return FakeStylizer()


@pytest.fixture
def painter(stylizer):
    return LivePainter(FakeCollection(), FakeFile, stylizer, Denoiser(64, 0.0))


def test_it_paints_with_the_scenes_vector(painter, stylizer):
    assert painter.picture is None
    assert painter.paint(FRAME, SCENE)
    assert np.all(painter.picture == 200)
    assert stylizer.vectors == [0.5]
    assert painter.seconds > 0


def test_the_last_good_picture_stays(painter, stylizer):
    painter.paint(FRAME, SCENE)
    stylizer.fail = [RuntimeError("out of memory")]
    assert not painter.paint(FRAME, SCENE)
    assert (painter.picture == 200).all()
    assert painter.failures == 1
    assert painter.paint(FRAME, SCENE)


def test_a_network_that_keeps_failing_ends_the_daemon(painter, stylizer):
    stylizer.fail = [RuntimeError("broken")] * FAILURES_IN_A_ROW
    for _ in range(FAILURES_IN_A_ROW - 1):
        assert not painter.paint(FRAME, SCENE)
    with pytest.raises(NetworkFileError, match="broken"):
        painter.paint(FRAME, SCENE)


def test_failures_now_and_then_do_not_add_up(painter, stylizer, caplog):
    for _ in range(3 * FAILURES_IN_A_ROW):
        stylizer.fail = [RuntimeError("hiccup")]
        assert not painter.paint(FRAME, SCENE)
        assert painter.paint(FRAME, SCENE)
    assert painter.failures == 3 * FAILURES_IN_A_ROW
    assert [record.getMessage() for record in caplog.records] == ["a frame could not be painted: hiccup"]


def test_another_collection(painter):
    other = FakeStylizer()
    painter.replace(FakeCollection("starry-night"), FakeFile, other)
    scene = Scene(
        mix={"starry-night": 1.0}, style="starry-night", strength=1.0, phase="visitor", attract=True, held=False
    )
    assert painter.paint(FRAME, scene)
    assert other.vectors == [1.0]


def test_it_goes_over_to_another_size_with_its_first_frame(painter, stylizer):
    other = FakeStylizer((64, 96))
    painter.prepare(other)
    assert painter.changing
    assert painter.size == (64, 96)
    assert painter.paint(FRAME, SCENE), "frames of the old size are painted until then"
    assert painter.picture.shape == (64, 64, 3)
    assert painter.paint(np.full((64, 96, 3), 55, np.uint8), SCENE)
    assert painter.picture.shape == (64, 96, 3)
    assert painter.stylizer is other
    assert not painter.changing


def test_a_frame_of_another_size_is_no_failure(painter):
    assert painter.paint(FRAME, SCENE)
    for _ in range(2 * FAILURES_IN_A_ROW):
        assert not painter.paint(np.zeros((32, 64, 3), np.uint8), SCENE)
    assert painter.failures == 0
    assert painter.picture.shape == (64, 64, 3)


def test_the_time_of_each_stage(painter, stylizer):
    stylizer.canvas_seconds = 1e-9
    painter.paint(FRAME, SCENE)
    assert painter.stages["canvas"] == 1e-9
    assert painter.stages["network"] == painter.seconds - 1e-9
    assert painter.stages["denoise"] > 0
