import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from installation.camera.photo import open_photo
from installation.errors import MediaError


def halves(width: int = 80, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    return image


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.array(image.getpixel(at)) - colour).max() < 40)


@pytest.mark.parametrize("edge", [None, 20])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_whatever_the_orientation(tmp_path, orientation, edge):
    upright = halves()
    # What the camera stored, so that turning it as EXIF says gives the upright picture.
    stored = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]
    image = upright
    for step in stored:
        image = image.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    image.save(path, exif=exif, quality=95)
    photo = open_photo(path, edge)
    assert photo.size == ((80, 40) if edge is None else (40, 20))
    assert near(photo, (4, 10), (255, 0, 0))
    assert near(photo, (photo.width - 4, 10), (0, 0, 255))


@pytest.mark.parametrize("edge", [None, 8])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path, mode, edge):
    path = tmp_path / ("photo.jpg" if mode in ("CMYK", "YCbCr") else "photo.png")
    grey = Image.fromarray(np.full((20, 30), 30000, np.uint16))
    (grey if mode == "I;16" else halves(30, 20).convert(mode)).save(path)
    photo = open_photo(path, edge)
    assert photo.mode == "RGB"
    if mode == "I;16":
        assert near(photo, (2, 2), (117, 117, 117))
    elif mode in ("P", "RGB", "RGBA", "CMYK", "YCbCr"):
        assert near(photo, (1, 1), (255, 0, 0))


@pytest.mark.parametrize("edge", [None, 8])
def test_transparency_is_laid_on_white(tmp_path, edge):
    path = tmp_path / "photo.png"
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(path)
    assert near(open_photo(path, edge), (1, 1), (255, 255, 255))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM"])
def test_kinds_in_a_fresh_process(tmp_path, kind):
    """Pillow loads its plugins bit by bit: each must be found without another having been there first."""
    path = tmp_path / "photo"
    halves().save(path, kind)
    script = (
        f"from pathlib import Path; from installation.camera.photo import open_photo; open_photo(Path({str(path)!r}))"
    )
    assert subprocess.run([sys.executable, "-W", "error", "-c", script], check=False).returncode == 0


def test_one_pixel(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (1, 1), "red").save(path)
    assert open_photo(path, 256).size == (1, 1)


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 20_000), (10_000, 10_000), (2**31 - 1, 2**31 - 1)])
def test_huge_photos_are_refused_without_decoding(tmp_path, size, recwarn):
    path = tmp_path / "huge.png"
    path.write_bytes(huge_png(*size))
    with pytest.raises(MediaError, match=r"huge\.png"):
        open_photo(path, 256)
    assert not recwarn.list


def test_large_jpeg_is_decoded_small(tmp_path):
    path = tmp_path / "large.jpg"
    halves(4000, 3000).save(path)
    photo = open_photo(path, 300)
    assert photo.size == (400, 300)


def test_truncated_missing_and_other_files(tmp_path):
    whole, path = tmp_path / "whole.jpg", tmp_path / "x.jpg"
    Image.effect_noise((200, 200), 50).save(whole)
    path.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(MediaError, match="export the photo again"):
        open_photo(path)
    path.write_text("hello")
    with pytest.raises(MediaError, match="save it as JPEG"):
        open_photo(path)
    with pytest.raises(MediaError, match="no such photo"):
        open_photo(tmp_path / "none.jpg")
    with pytest.raises(MediaError):
        open_photo(tmp_path)


@settings(max_examples=60)
@given(
    st.integers(0, 2**16), st.binary(min_size=1, max_size=8), st.sampled_from(["PNG", "JPEG", "TIFF", "WEBP", "GIF"])
)
def test_damaged_files_are_read_or_refused(tmp_path_factory, at, damage, kind):
    path = tmp_path_factory.mktemp("damaged") / "photo"
    halves(24, 16).save(path, kind)
    data = bytearray(path.read_bytes())
    at %= len(data)
    data[at : at + len(damage)] = damage
    path.write_bytes(data)
    try:
        assert open_photo(path, 8).mode == "RGB"
    except MediaError as error:
        assert str(path) in str(error)


@pytest.mark.slow
def test_the_largest_transparent_photo_takes_bounded_memory(tmp_path):
    path = tmp_path / "large.png"
    width, height = 11_000, 8_000
    rows = zlib.compress(b"".join(bytes(1) + bytes(4 * width) for _ in range(height)), 1)
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    code = (
        "import resource, sys; from pathlib import Path; from installation.camera.photo import open_photo\n"
        "print(open_photo(Path(sys.argv[1])).size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    said = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"({width}, {height})")
    assert int(said.split()[-1]) < 850, said
