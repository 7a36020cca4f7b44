"""A contact sheet: one photo in every style, each with its title, artist and year."""

from collections.abc import Callable, Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from installation.collection import Style

TILE: Final = 256
_GAP: Final = 28
_LABEL: Final = 58
_GROUND: Final = (18, 17, 16)
_TITLE: Final = (236, 232, 224)
_QUIET: Final = (150, 145, 136)


def contact_sheet(styles: Sequence[Style], paint: Callable[[Style], Image.Image], columns: int = 0) -> Image.Image:
    """Draw the sheet; ``paint`` gives the tile of a style (any size, it is scaled to 256×256)."""
    columns = columns or min(len(styles), 6 if len(styles) > 12 else 4)
    rows = -(-len(styles) // columns)
    size = (_GAP + columns * (TILE + _GAP), _GAP + rows * (TILE + _LABEL + _GAP))
    sheet = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(sheet)
    for index, style in enumerate(styles):
        left = _GAP + (index % columns) * (TILE + _GAP)
        top = _GAP + (index // columns) * (TILE + _LABEL + _GAP)
        tile = paint(style)
        sheet.paste(
            tile if tile.size == (TILE, TILE) else tile.resize((TILE, TILE), Image.Resampling.LANCZOS), (left, top)
        )
        _label(draw, (left, top + TILE + 10), style)
    return sheet


def _label(draw: ImageDraw.ImageDraw, at: tuple[int, int], style: Style) -> None:
    x, y = at
    _line(draw, (x, y), style.title, 17, _TITLE)
    _line(draw, (x, y + 24), " · ".join(filter(None, (style.artist, style.year))), 13, _QUIET)


def _line(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int, colour: tuple[int, int, int]) -> None:
    """One line no wider than a tile: smaller by up to a quarter, then cut with an ellipsis."""
    for points in range(size, size * 3 // 4, -1):
        font = ImageFont.load_default(points)
        if draw.textlength(text, font) <= TILE:
            break
    while draw.textlength(text, font) > TILE and len(text) > 1:
        text = text[:-2].rstrip() + "…"
    draw.text(at, text, colour, font)
