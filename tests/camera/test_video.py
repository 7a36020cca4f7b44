import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from installation.camera import bundled_clip
from installation.camera.pace import Pace
from installation.camera.video import VideoCamera
from installation.errors import CameraMissing, EndOfStream, MediaError
from installation.frame import Frame
from installation.offline.clip import FittedFrames, paint_clip


def read_all(path: Path, size: int | tuple[int, int] = 64, *, most: int = 100) -> list[np.ndarray]:
    """Read a clip once, unpaced."""
    camera = VideoCamera(path, size, loop=False, paced=False)
    camera.open()
    pictures: list[np.ndarray] = []
    try:
        while len(pictures) < most:
            pictures.append(camera.read().pixels.copy())
    except EndOfStream:
        pass
    finally:
        camera.close()
    return pictures


def is_red(colour: np.ndarray) -> bool:
    return bool(colour[0] > 150 and colour[2] < 80)


def is_blue(colour: np.ndarray) -> bool:
    return bool(colour[2] > 150 and colour[0] < 80)


def test_frames_are_square_rgb_in_order(make_clip):
    pictures = read_all(make_clip(frames=10))
    assert len(pictures) == 10
    for picture in pictures:
        assert picture.shape == (64, 64, 3)
        assert picture.dtype == np.uint8
        assert picture.flags.c_contiguous
    assert is_red(pictures[0][32, 4])
    assert is_blue(pictures[0][32, 60])
    greens = [int(picture[32, 4, 1]) for picture in pictures]
    assert greens == sorted(greens)
    assert greens[-1] > greens[0] + 60


@pytest.mark.parametrize("size", [(48, 96), (96, 48), (36, 64), (64, 64)])
def test_as_much_is_shown_as_the_picture_has_room_for(make_clip, size):
    picture = read_all(make_clip(160, 120, frames=1), size)[0]
    height, width = size
    assert picture.shape == (height, width, 3)
    assert is_red(picture[height // 2, 2])
    assert is_blue(picture[height // 2, -3])
    # The two halves meet in the middle, whatever was cropped.
    assert abs(int(np.argmax(picture[height // 2, :, 2] > 110)) - width // 2) <= 2


def test_another_size_while_it_plays(make_clip):
    camera = VideoCamera(make_clip(frames=4), 64, paced=False)
    camera.open()
    assert camera.read().pixels.shape == (64, 64, 3)
    camera.resize((48, 80))
    frame = camera.read()
    assert frame.pixels.shape == (48, 80, 3)
    assert frame.scaling > 0
    camera.close()


@pytest.mark.parametrize(("width", "height"), [(161, 121), (121, 161), (35, 201), (2, 2), (1, 1), (333, 7), (64, 64)])
def test_odd_sizes_are_cropped_from_the_centre(make_clip, width, height):
    pictures = read_all(make_clip(width, height, frames=2))
    assert len(pictures) == 2
    if width > 2:
        assert is_red(pictures[0][32, 2])
        assert is_blue(pictures[0][32, 61])
        boundary = int(np.argmax(pictures[0][32, :, 2].astype(int) > 110))
        # The crop begins at an even pixel, so of a small clip it may be off by one of its pixels.
        assert abs(boundary - 32) <= 1 + 64 / min(width, height)


def test_half_resolution_chroma_of_odd_size(make_clip):
    pictures = read_all(make_clip(161, 121, frames=2, pixel_format="yuv420p"))
    assert is_red(pictures[0][32, 4])
    assert is_blue(pictures[0][32, 60])


def test_pixels_that_are_not_square(make_clip):
    """80×120 pixels twice as wide as high are shown as 160×120."""
    tall = read_all(make_clip(80, 120, frames=1, aspect=Fraction(2, 1)))[0]
    square = read_all(make_clip(160, 120, frames=1, name="square.mkv"))[0]
    assert np.abs(tall.astype(int) - square).mean() < 3


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed: no rotated clip can be made")
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_of_phones_is_undone(make_clip, tmp_path, degrees):
    """The ffmpeg command turns clips upright by itself: its picture is the reference."""
    flat = make_clip(160, 120, frames=3, name="flat.mp4", codec="mpeg4", pixel_format="yuv420p")
    turned = tmp_path / "turned.mp4"
    command = ["ffmpeg", "-v", "error", "-i", flat, "-c", "copy", "-metadata:s:v", f"rotate={degrees}", turned]
    newer = ["ffmpeg", "-v", "error", "-y", "-display_rotation", str(degrees), "-i", flat, "-c", "copy", turned]
    if subprocess.run(newer, capture_output=True, check=False).returncode:
        subprocess.run(command, check=True)
    reference = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", turned, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True,
        check=True,
    ).stdout
    shape = (120, 160, 3) if degrees == 180 else (160, 120, 3)
    expected = np.frombuffer(reference, np.uint8).reshape(shape)
    edge = 120
    top, left = (shape[0] - edge) // 2, (shape[1] - edge) // 2
    expected = expected[top : top + edge, left : left + edge]
    picture = read_all(turned, 120)[0]
    assert np.abs(picture.astype(int) - expected).mean() < 6
    assert not np.array_equal(picture, read_all(flat, 120)[0])


def test_truncated_clip_plays_as_far_as_it_goes(make_clip, tmp_path):
    whole = make_clip(320, 240, frames=20).read_bytes()
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole[: len(whole) * 2 // 3])
    pictures = read_all(broken)
    assert 1 <= len(pictures) < 20


def test_truncated_clip_loops(make_clip, tmp_path):
    whole = make_clip(320, 240, frames=20).read_bytes()
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole[: len(whole) * 2 // 3])
    camera = VideoCamera(broken, 32, paced=False)
    camera.open()
    for number in range(50):
        assert camera.read().sequence == number
    camera.close()


def test_loops_by_default(make_clip):
    camera = VideoCamera(make_clip(frames=4), 32, paced=False)
    camera.open()
    greens = [int(camera.read().pixels[16, 2, 1]) for _ in range(9)]
    assert greens[0] == greens[4] == greens[8]
    assert greens[1] == greens[5] != greens[0]
    camera.close()


def test_pixels_stay_until_the_next_but_one_read(make_clip):
    camera = VideoCamera(make_clip(frames=4), 32, paced=False)
    camera.open()
    first = camera.read().pixels
    kept = first.copy()
    camera.read()
    assert np.array_equal(first, kept)
    camera.close()


class FakeTime:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_plays_at_its_own_varying_speed(make_clip):
    clock = FakeTime()
    path = make_clip(frames=4, stamps=[0, 10, 50, 55])
    camera = VideoCamera(path, 32, loop=False, pace=Pace(lambda: clock.now, clock.sleep))
    camera.open()
    for _ in range(4):
        camera.read()
    assert clock.slept == pytest.approx([0.1, 0.4, 0.05], abs=0.002)


def test_late_frames_are_skipped(make_clip):
    clock = FakeTime()
    camera = VideoCamera(make_clip(frames=40), 32, loop=False, pace=Pace(lambda: clock.now, clock.sleep))
    camera.open()
    shown: list[Frame] = [camera.read()]
    clock.now += 0.14
    shown.append(camera.read())
    assert shown[1].pixels[16, 2, 1] > shown[0].pixels[16, 2, 1] + 20
    camera.close()


@pytest.mark.parametrize("content", [b"", b"not a video at all", b"\0" * 5000, b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraMissing, match=r"x\.mp4"):
        VideoCamera(path, 32).open()


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(CameraMissing, match="check the path"):
            VideoCamera(path, 32).open()


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(CameraMissing, match="no video stream"):
        VideoCamera(path, 32).open()


def test_bundled_clip_shows_people_and_is_small():
    path = bundled_clip()
    assert path.stat().st_size <= 600_000
    assert path.with_name("LICENSE.md").is_file()
    pictures = read_all(path, 256, most=300)
    assert len(pictures) > 150
    assert all(picture.std() > 20 for picture in pictures)
    assert np.abs(pictures[0].astype(int) - pictures[8]).mean() > 2


def test_a_codec_that_nobody_knows(make_clip, tmp_path):
    path = tmp_path / "odd.mp4"
    path.write_bytes(
        make_clip(name="clip.mp4", codec="libx264", pixel_format="yuv420p").read_bytes().replace(b"avc1", b"zzzz")
    )
    with pytest.raises(CameraMissing, match="that FFmpeg can decode"):
        VideoCamera(path, 64).open()
    with pytest.raises(MediaError, match="that FFmpeg can decode"):
        paint_clip(path, tmp_path / "out.mp4", FittedFrames(64, lambda pixels: pixels), lambda *_: None)
