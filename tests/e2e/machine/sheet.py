"""Many pictures of the screen on one sheet, each with its moment below it."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from .qemu import Picture

CELL = (384, 216)
LINE = 18
COLUMNS = 3


def write_sheet(glasses: Mapping[str, Picture], target: Path) -> None:
    """Write them as one WebP file."""
    rows = -(-len(glasses) // COLUMNS)
    width, height = CELL[0] + 8, CELL[1] + LINE + 8
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw = ImageDraw.Draw(sheet)
    for index, (moment, glass) in enumerate(glasses.items()):
        left, top = index % COLUMNS * width + 4, index // COLUMNS * height + 4
        picture = Image.fromarray(glass)
        picture.thumbnail(CELL)
        sheet.paste(picture, (left, top))
        draw.text((left, top + CELL[1] + 2), moment, fill="black")
    sheet.save(target, quality=80)
