import numpy as np
import pytest
from numpy.typing import NDArray

from installation.network.canvas import DEVIATION, CanvasLayout
from installation.painter.bristles import Bristles
from installation.painter.canvas import StrokeCanvas

INNER = (96, 172)


def plain(values: NDArray[np.int8]) -> NDArray[np.float32]:
    return values[..., 0].astype(np.float32)


def laid(height: int, width: int, degrees: float, room: float = 1.0) -> NDArray[np.float32]:
    bristles = Bristles(height, width, INNER, directed=True)
    turn = np.deg2rad(degrees)
    x, y, kept = (np.full(INNER, value, np.float32) for value in (np.cos(turn), np.sin(turn), room))
    bristles.lay(x, y, kept)
    return plain(bristles.values)


def slope(values: NDArray[np.float32], axis: int) -> float:
    return float(np.abs(np.diff(values, axis=axis)).mean())


def test_furrows_run_along_the_direction() -> None:
    across, along = laid(384, 688, 0), laid(384, 688, 90)
    assert slope(across, 1) < 0.3 * slope(across, 0)
    assert slope(along, 0) < 0.3 * slope(along, 1)


def test_directions_turn_smoothly_between_the_strokes_also_past_a_half_turn() -> None:
    """Two neighbours at 85° and 95°, stored as opposite vectors, mean nearly the same direction."""
    bristles = Bristles(384, 688, INNER, directed=True)
    angle = np.where(np.arange(INNER[1]) % 2, 85.0, 95.0 + 180.0) * np.ones((INNER[0], 1))
    x, y = (np.ascontiguousarray(part(np.deg2rad(angle)), np.float32) for part in (np.cos, np.sin))
    bristles.lay(x, y, np.ones(INNER, np.float32))
    values = plain(bristles.values)
    assert slope(values, 0) < 0.35 * slope(values, 1)


@pytest.mark.parametrize("size", [(192, 336), (384, 688), (768, 1376)])
def test_they_are_as_lively_at_every_class(size: tuple[int, int]) -> None:
    assert laid(*size, 20).std() == pytest.approx(DEVIATION, rel=0.25)


def width_on_the_wall(height: int, width: int) -> float:
    """How far across the strokes bristles are alike (correlation ≥ 0.5), as a share of the picture's height."""
    rows = np.linspace(0, 255, height, dtype=np.uint8)[:, None, None]
    canvas = StrokeCanvas(height, width, CanvasLayout(4, 28, bristles=True))
    bristles = canvas.lay(np.ascontiguousarray(np.broadcast_to(rows, (height, width, 3)))).bristles
    assert bristles is not None
    values = plain(bristles) - plain(bristles).mean()
    alike = [(values[:-step] * values[step:]).mean() / values.var() for step in range(1, 16)]
    step = int(np.argmax(np.array(alike) < 0.5))
    before = alike[step - 1] if step else 1.0
    return (step + (before - 0.5) / (before - alike[step])) / height


@pytest.mark.parametrize("size", [(144, 256), (192, 336), (272, 480), (768, 1376)])
def test_they_are_as_wide_on_the_wall_at_every_class(size: tuple[int, int]) -> None:
    assert width_on_the_wall(*size) == pytest.approx(width_on_the_wall(384, 688), rel=0.25)


def test_they_fade_where_the_photo_has_detail() -> None:
    assert laid(384, 688, 20, room=0.25).std() == pytest.approx(laid(384, 688, 20).std() / 2, rel=0.05)


def test_they_look_where_the_strokes_look() -> None:
    still, moved = (Bristles(384, 688, INNER, directed=False) for _ in range(2))
    moved.look_at(np.full((*INNER, 2), 3.0, np.float32))
    still.lay_plain()
    moved.lay_plain()
    assert np.array_equal(plain(moved.values)[:100, :100], plain(still.values)[6:106, 6:106]), "twice as fine"


def test_a_network_without_bristles_gets_none() -> None:
    assert StrokeCanvas(192, 336, CanvasLayout(4, 28)).canvas.bristles is None
