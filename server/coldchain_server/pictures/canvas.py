"""Drawing: words, boxes and pictograms in points of the picture, drawn finer so that edges are smooth."""

import io
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from coldchain_server.pictures.pictograms import Point, draw

LARGEST_BYTES = 30 * 1024
"""What a picture may take: some ten seconds of 2G."""
WIDE, MARGIN, FINER = 600, 32, 2
INK, SOFT, PAPER = "#17212b", "#4a5560", "#ffffff"
_COLOURS = 48


def pictogram(canvas: ImageDraw.ImageDraw, name: str, *, at: Point, side: float) -> None:
    draw(canvas, name, at=(at[0] * FINER, at[1] * FINER), side=side * FINER, colour=INK)


def box(canvas: ImageDraw.ImageDraw, corners: tuple[float, float, float, float], *, fill: str) -> None:
    canvas.rectangle([number * FINER for number in corners], fill=fill)


def text_at(
    canvas: ImageDraw.ImageDraw,
    text: str,
    *,
    at: Point,
    size: int,
    colour: str,
    lines: int,
    width: float = WIDE - 2 * MARGIN,
    middle: bool = False,
) -> float:
    """Write `text` in at most so many `lines`, smaller where it would take more; return where it ends below."""
    font, wrapped = _fitting(text, size=size, lines=lines, width=width)
    x, y = at[0] * FINER, at[1] * FINER
    step = round(font.size * 1.22)
    if middle:
        y -= step * len(wrapped) / 2
    for number, line in enumerate(wrapped):
        canvas.text((x, y + number * step), line, font=font, fill=colour)
    return (y + len(wrapped) * step) / FINER


def _fitting(text: str, *, size: int, lines: int, width: float) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    smallest = 14
    for tried in range(size, smallest - 1, -1):
        font = font_of(tried * FINER)
        wrapped = _wrapped(text, font, width * FINER)
        if len(wrapped) <= lines and all(font.getlength(line) <= width * FINER for line in wrapped):
            break
    return font, [_cut(line, font, width * FINER) for line in wrapped[:lines]]


def _cut(line: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Return what of a line fits; a full stop shows that it was cut."""
    kept = line
    while kept and font.getlength(kept if kept == line else f"{kept}.") > width:
        kept = kept[:-1]
    return kept if kept == line else f"{kept}."


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    content = files(__package__).joinpath("sans-bold.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(content), size)


def png(image: Image.Image) -> bytes:
    """Return a picture as PNG, in few colours."""
    size = image.width // FINER, image.height // FINER
    small = image.resize(size, Image.Resampling.BOX).quantize(_COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()
