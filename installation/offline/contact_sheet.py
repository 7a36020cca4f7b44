"""Draws a contact sheet: one photo painted in every style, each with the style's title, artist and year."""

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from installation.collection import Style
from installation.fonts import typeface

TILE: Final = 256
_GAP: Final = 28
_LABEL: Final = 58
_SMALLEST: Final = 0.75
"""A line that is too long is set smaller, down to this share of its size, before it is cut."""
_GROUND: Final = (18, 17, 16)
_TITLE: Final = (236, 232, 224)
_QUIET: Final = (150, 145, 136)


def contact_sheet(styles: Sequence[Style], paint: Callable[[Style], Image.Image], columns: int = 0) -> Image.Image:
    """Draw the sheet in ``columns`` columns (0: chosen by the number of styles).

    ``paint`` returns the picture for a style, in any size; it is scaled to 256×256 pixels.
    """
    columns = columns or min(len(styles), 6 if len(styles) > 12 else 4)
    rows = -(-len(styles) // columns)
    size = (_GAP + columns * (TILE + _GAP), _GAP + rows * (TILE + _LABEL + _GAP))
    sheet = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(sheet)
    for index, style in enumerate(styles):
        left = _GAP + (index % columns) * (TILE + _GAP)
        top = _GAP + (index // columns) * (TILE + _LABEL + _GAP)
        sheet.paste(paint(style).resize((TILE, TILE), Image.Resampling.LANCZOS), (left, top))
        _line(draw, (left, top + TILE + 8), style.title, 20, _TITLE)
        _line(draw, (left, top + TILE + 35), " · ".join(filter(None, (style.artist, style.year))), 15, _QUIET)
    return sheet


def fitted(text: str, points: int, width: int) -> tuple[str, ImageFont.FreeTypeFont]:
    """Fit one line of text into ``width`` pixels: choose a smaller font if needed, then cut it with an ellipsis."""
    for smaller in range(points, int(points * _SMALLEST) - 1, -1):
        # Pillow's basic layout accepts any text; its Raqm layout refuses some.
        font = ImageFont.truetype(typeface(), smaller, layout_engine=ImageFont.Layout.BASIC)
        if font.getlength(text) <= width:
            return text, font
    while text and font.getlength(text + "…") > width:
        text = text[:-1].rstrip()
    return text + "…", font


def _line(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, points: int, colour: tuple[int, int, int]) -> None:
    fitting, font = fitted(text, points, TILE)
    draw.text(at, fitting, colour, font)
