"""Measures how much the whole mirror's picture flickers when nothing moves but the sensor is noisy."""

import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from installation.display.headless import HeadlessDisplay
from installation.frame import Pixels
from installation.mirror.assembly import assembled
from installation.settings import Settings, with_groups

FRAMES, SETTLING = 40, 10
"""Number of pictures compared, and of those before them, from which the filter learns the noise."""


def picture_difference(photo: Pixels, style: str, denoise: float, sigma: float = 4.0) -> float:
    """Mean absolute difference of successive pictures in levels (0…255), with the camera's filter set to ``denoise``.

    ``photo`` [256, 256, 3] is shown as a clip with independent sensor noise of ``sigma`` levels in each frame.
    """
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "still.mkv"
        _write_clip(clip, photo, sigma)
        settings = with_groups(
            Settings(),
            camera={"source": f"video:{clip}", "denoise": denoise},
            network={"weights": "int8", "threads": 1, "size": 256},
            display={"mode": "headless", "width": 1080, "height": 1080},
            broker={"url": "none"},
            show={"style": style, "attract": False},
        )
        differences: list[float] = []
        with assembled(settings, strict=True, paced=False) as mirror:
            display = mirror.display
            assert isinstance(display, HeadlessDisplay)  # noqa: S101 - for the type checker: the settings say so
            before: Pixels | None = None
            for number in range(1, SETTLING + FRAMES + 1):
                mirror.run(frames=number)
                view = display.view
                if view is None or view.picture is None:
                    continue
                if before is not None and number > SETTLING + 1:
                    differences.append(float(np.abs(view.picture.astype(np.int16) - before).mean()))
                before = view.picture.copy()
    return float(np.mean(differences))


def _write_clip(path: Path, photo: Pixels, sigma: float) -> None:
    """Write a lossless clip, so that the mirror gets exactly this noise."""
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = photo.shape[1], photo.shape[0], "bgr0"
        for _ in range(SETTLING + FRAMES + 5):
            noisy = np.clip(np.rint(photo + random.normal(0, sigma, photo.shape)), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="rgb24").reformat(format="bgr0")))
        container.mux(stream.encode(None))
