"""Clips, made on the spot."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

MakeClip = Callable[..., Path]


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Write a clip whose left half is red and right half blue; green grows with each frame."""

    def make(
        width: int = 160,
        height: int = 120,
        frames: int = 10,
        *,
        name: str = "clip.mkv",
        codec: str = "ffv1",
        pixel_format: str = "yuv444p",
        stamps: list[int] | None = None,
        aspect: Fraction | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=100)
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
            stream.time_base = Fraction(1, 100)
            if aspect is not None:
                stream.sample_aspect_ratio = aspect
            for number in range(frames):
                pixels = np.zeros((height, width, 3), np.uint8)
                pixels[:, : width // 2, 0] = 220
                pixels[:, width // 2 :, 2] = 220
                pixels[..., 1] = min(number * 10, 200)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts = stamps[number] if stamps else number
                frame.time_base = Fraction(1, 100)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make
