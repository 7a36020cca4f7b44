import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from installation.collection import Collection
from installation.errors import MediaError, OutputError
from installation.files import whole_file
from installation.offline.clip import FittedFrames, paint_clip
from installation.offline.rendering import FittedRendering
from installation.painter.still import StillPainter


def write_clip(path: Path, width=64, height=48, *, frames=10, rate=Fraction(25), sound=False, times=None) -> Path:
    """A clip whose left half is red and right half blue, frames at ``times`` in ms; with a tone or not."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4" if path.suffix != ".mkv" else "ffv1", rate=rate)
        video.width, video.height = width, height
        video.pix_fmt = "yuv420p" if path.suffix != ".mkv" else "bgr0"
        video.codec_context.time_base = Fraction(1, 1000)
        tone = container.add_stream("aac", rate=16000) if sound else None
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[:, : width // 2, 0] = 255
        pixels[:, width // 2 :, 2] = 255
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = times[number] if times else round(1000 * number / rate)
            frame.time_base = Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if tone:
            wave = (np.sin(np.arange(16000) / 6) * 9000).astype(np.int16)[None]
            heard = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            heard.sample_rate, heard.pts = 16000, 0
            container.mux(tone.encode(heard))
            container.mux(tone.encode())
    return path


def negative(pixels):
    return 255 - pixels


def paint(source: Path, target: Path, longest=64, progress=lambda *_: None) -> int:
    return paint_clip(source, target, FittedFrames(longest, negative), progress)


def shown(path: Path) -> tuple[list[np.ndarray], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray(format="rgb24") for frame in frames], [float(frame.time) for frame in frames]


def test_every_frame_is_painted_at_its_time(tmp_path):
    heard = []
    count = paint(write_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", progress=lambda *now: heard.append(now))
    pictures, times = shown(tmp_path / "b.mp4")
    assert count == len(pictures) == 10
    assert times == pytest.approx([number / 25 for number in range(10)], abs=1e-3)
    assert pictures[0].shape == (48, 64, 3)
    # Red's negative is cyan.
    np.testing.assert_allclose(pictures[5][24, 8], (0, 255, 255), atol=40)
    np.testing.assert_allclose(pictures[5][24, 56], (255, 255, 0), atol=40)
    assert heard[-1] == (10, 10)


def test_uneven_times_are_kept(tmp_path):
    times = [0, 10, 20, 500, 510, 900]
    paint(write_clip(tmp_path / "a.mp4", frames=6, rate=Fraction(5), times=times), tmp_path / "b.mp4")
    assert shown(tmp_path / "b.mp4")[1] == pytest.approx([time / 1000 for time in times], abs=2e-3)


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24), Fraction(60)])
def test_rates_are_kept(tmp_path, rate):
    paint(write_clip(tmp_path / "a.mp4", frames=8, rate=rate), tmp_path / "b.mp4")
    with av.open(str(tmp_path / "b.mp4")) as container:
        average = container.streams.video[0].average_rate
        assert average is not None
        assert float(average) == pytest.approx(float(rate), rel=0.01)


@pytest.mark.parametrize(
    ("size", "result"), [((161, 121), (64, 48)), ((35, 201), (16, 64)), ((1, 1), (64, 64)), ((333, 7), (64, 16))]
)
def test_odd_sizes(tmp_path, size, result):
    paint(write_clip(tmp_path / "a.mkv", *size, frames=2), tmp_path / "b.mp4")
    picture = shown(tmp_path / "b.mp4")[0][0]
    assert (picture.shape[1], picture.shape[0]) == result


def test_sound_comes_along(tmp_path):
    paint(write_clip(tmp_path / "a.mp4", frames=25, sound=True), tmp_path / "b.mp4")
    with av.open(str(tmp_path / "a.mp4")) as before, av.open(str(tmp_path / "b.mp4")) as after:
        assert [stream.type for stream in after.streams] == ["video", "audio"]
        seconds = [sum(frame.samples for frame in clip.decode(audio=0)) / 16000 for clip in (before, after)]
    assert seconds[1] == pytest.approx(seconds[0], abs=0.1)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed (apt install ffmpeg)")
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_clip_on_its_side_is_painted_upright(tmp_path, degrees):
    """The ffmpeg command turns clips upright by itself: its picture is the reference."""
    flat, turned = write_clip(tmp_path / "a.mp4"), tmp_path / "side.mp4"
    newer = ["-display_rotation", str(degrees), "-i", flat, "-c", "copy", turned]
    older = ["-i", flat, "-c", "copy", "-metadata:s:v", f"rotate={degrees}", turned]
    if subprocess.run(["ffmpeg", "-v", "error", "-y", *newer], check=False, capture_output=True).returncode:
        subprocess.run(["ffmpeg", "-v", "error", "-y", *older], check=True)
    raw = ["-i", turned, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    upright = subprocess.run(["ffmpeg", "-v", "error", *raw], check=True, capture_output=True).stdout
    paint(turned, tmp_path / "b.mp4")
    picture = shown(tmp_path / "b.mp4")[0][0]
    assert picture.shape == ((64, 48, 3) if degrees != 180 else (48, 64, 3))
    assert np.abs(picture - 255.0 + np.frombuffer(upright, np.uint8).reshape(picture.shape)).mean() < 10


def test_a_clip_that_breaks_off_is_painted_as_far_as_it_goes(tmp_path):
    whole = write_clip(tmp_path / "a.mkv", 160, 120, frames=20)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 1 <= paint(broken, tmp_path / "b.mp4") < 20


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is not a video that can be read"), (b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n", "video"), (b"x" * 999, "video")],
)
def test_what_is_no_video(tmp_path, content, message):
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        paint(path, tmp_path / "b.mp4")
    assert str(path) in str(caught.value)
    with pytest.raises(MediaError, match="there is no such video"):
        paint(tmp_path / "none.mp4", tmp_path / "b.mp4")


def test_sound_alone_is_no_video(tmp_path):
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as container:
        tone = container.add_stream("aac", rate=16000)
        heard = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.int16), format="s16", layout="mono")
        heard.sample_rate = 16000
        container.mux(tone.encode(heard))
        container.mux(tone.encode())
    with pytest.raises(MediaError, match="holds no pictures"):
        paint(tmp_path / "a.m4a", tmp_path / "b.mp4")


def test_what_cannot_be_written_is_no_fault_of_the_clip(tmp_path):
    source = write_clip(tmp_path / "a.mp4")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"), whole_file(tmp_path / "file" / "b.mp4") as temporary:
        paint(source, temporary)
    with pytest.raises(FileNotFoundError):
        paint(source, tmp_path / "no folder" / "b.mp4")


def test_an_error_while_painting_leaves_nothing(tmp_path):
    def fail(_pixels):
        raise RuntimeError("out of paint")

    source = write_clip(tmp_path / "a.mp4")
    with pytest.raises(RuntimeError, match="out of paint"), whole_file(tmp_path / "out" / "b.mp4") as temporary:
        paint_clip(source, temporary, FittedFrames(64, fail), lambda *_: None)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
def test_a_clip_of_4k_is_painted_frame_by_frame_without_flicker(tmp_path):
    source = write_clip(tmp_path / "a.mp4", 3840, 2160, frames=3)
    collection = Collection.load()
    rendering = FittedRendering(StillPainter(collection), {collection.names[0]: 1.0}, 1.0, 3840)
    assert paint_clip(source, tmp_path / "b.mp4", rendering.clip(source), lambda *_: None) == 3
    pictures, _ = shown(tmp_path / "b.mp4")
    assert [picture.shape for picture in pictures] == [(2160, 3840, 3)] * 3
    assert np.abs(pictures[2].astype(int) - pictures[0]).mean() < 3
    assert pictures[0].std() > 10
