import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.camera import make_camera
from installation.errors import UsageError
from installation.settings import CameraSettings

SETTINGS = CameraSettings()
SIZE = 16


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("auto", "AutoCamera"),
        ("picamera", "PiCamera"),
        ("webcam", "Webcam"),
        ("webcam:0", "Webcam"),
        ("webcam:12", "Webcam"),
        ("video:/some/clip.mp4", "VideoCamera"),
        ("video:C:clip with spaces:and colons.mp4", "VideoCamera"),
        ("stills:photos", "StillsCamera"),
        ("synthetic", "SyntheticCamera"),
    ],
)
def test_sources(source, kind):
    camera = make_camera(source, SETTINGS, SIZE)
    assert type(camera).__name__ == kind
    assert camera.name
    camera.close()
    camera.close()


@pytest.mark.parametrize(
    "source",
    ["", ":", "auto:", "auto:1", "webcam:", "webcam:-1", "webcam:x", "webcam:99999", "webcam:٣", "video", "video:",
     "stills", "synthetic:3", "Webcam", "picamera:0", "rtsp://host/stream", "video:a\0b", " webcam"],
)  # fmt: skip
def test_malformed_sources(source):
    with pytest.raises(UsageError, match="is not a source; use auto"):
        make_camera(source, SETTINGS, SIZE)


@given(st.text(max_size=50) | st.builds("{}:{}".format, st.sampled_from(["webcam", "video", "stills"]), st.text()))
def test_any_text_gives_a_camera_or_a_usage_error(source):
    try:
        camera = make_camera(source, SETTINGS, SIZE)
    except UsageError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
    else:
        camera.close()


def test_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "photos").mkdir()
    with pytest.raises(Exception, match=str(tmp_path / "photos")):
        make_camera("stills:~/photos", SETTINGS, SIZE).open()
