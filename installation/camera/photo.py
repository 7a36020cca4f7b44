"""Opens untrusted photos: any colour mode, any orientation, bounded in size."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, UnidentifiedImageError

from installation.errors import MediaError

LARGEST_PIXELS = 89_000_000
"""Photos with more are refused; one of this size takes 800 MB at most while it is decoded (a JPEG far less)."""
STRIP = 256
"""Rows of a transparent picture that are laid on white at a time."""
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
"""Pillow's other formats are rare, and some run external programs."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm"})
"""What the names of files in these formats end with, in lower case."""
WRITTEN = (".png", ".jpg", ".jpeg", ".webp")
"""Those that pictures are written with."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes a picture upright, for each EXIF orientation."""


def open_photo(path: Path, edge: int | None = None) -> Image.Image:
    """Return a photo, upright, in RGB, transparent parts on white.

    With ``edge``, a photo with a longer short side is reduced until that is ``edge`` pixels: cheap for a JPEG, which is
    then decoded small.

    Raises:
        MediaError: the file is missing, not a picture, incomplete or too large.
    """
    return read_photo(path, str(path), edge)


def read_photo(
    file: Path | BinaryIO,
    name: str,
    edge: int | None = None,
    formats: Sequence[str] = FORMATS,
    largest_pixels: int = LARGEST_PIXELS,
) -> Image.Image:
    """As `open_photo`, from a path or an open file that errors call ``name``; of these formats and so many pixels only.

    Raises:
        MediaError: as for `open_photo`.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns about odd files on stderr; it warns about large files and raises only at twice that size.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            Image.init()  # registers TIFF and WebP, among others
            image: Image.Image = Image.open(file, formats=[known for known in formats if known in Image.OPEN])
            with image:
                return _prepare(image, name, edge, largest_pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name, largest_pixels) from None
    except FileNotFoundError:
        raise MediaError(f"{name}: there is no such photo; check the path") from None
    except UnidentifiedImageError:
        raise MediaError(f"{name}: is not a photo of a kind that is read here; save it as JPEG or PNG") from None
    # Pillow's decoders raise all of these for damaged files.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError) as error:
        raise MediaError(f"{name}: cannot be read ({error}); export the photo again") from None


def _prepare(image: Image.Image, name: str, edge: int | None, largest_pixels: int) -> Image.Image:
    width, height = image.size
    if width * height > largest_pixels:
        raise _too_large(name, largest_pixels)
    turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    if edge is not None and min(width, height) > edge:
        factor = edge / min(width, height)
        goal = (max(1, round(width * factor)), max(1, round(height * factor)))
        if image.mode in ("L", "RGB"):
            image.draft(image.mode, goal)
        # Resizing a palette picture would mix its indices, so convert it first.
        image = _rgb(image).resize(goal, Image.Resampling.BILINEAR, reducing_gap=2.0)
    else:
        image = _rgb(image)
    return image.transpose(turn) if turn is not None else image


def _rgb(image: Image.Image) -> Image.Image:
    """Return a copy in RGB: 16-bit grey scaled to 8, transparent parts on white."""
    if image.mode.startswith(("I", "F")):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("RGB") if image.mode != "RGB" else image.copy()


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on white, in strips: whole, it would be in memory four times."""
    width, height = image.size
    whole = Image.new("RGB", image.size)
    for top in range(0, height, STRIP):
        box = (0, top, width, min(top + STRIP, height))
        strip = image.crop(box).convert("RGBA")
        ground = Image.new("RGBA", strip.size, "white")
        ground.alpha_composite(strip)
        whole.paste(ground.convert("RGB"), box)
    return whole


def _too_large(name: str, largest_pixels: int) -> MediaError:
    return MediaError(f"{name}: has more than {largest_pixels // 1_000_000} million pixels; scale it down first")
