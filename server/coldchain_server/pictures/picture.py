"""The picture of one unit as it stands. Pure: the same scene gives the same bytes."""

import io
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec
from PIL import Image, ImageDraw, ImageFont

from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_server.pictures.pictograms import ACTIONS, WHENS, Point, draw

LARGEST_BYTES = 30 * 1024
"""What a picture may take: some ten seconds of 2G."""

_SIDE, _FINER = 600, 2  # drawn twice as large and made smaller, so that edges are smooth
_MARGIN, _GAP = 32, 14
_COLOURS = 48
_INK, _SOFT, _PAPER = "#17212b", "#4a5560", "#ffffff"
_TONES = MappingProxyType(
    {
        Light.GREEN: ("#17693a", "#e9f5ed"),
        Light.AMBER: ("#9a5200", "#fff3dc"),
        Light.RED: ("#b3201a", "#fdeae8"),
        Light.UNKNOWN: ("#555e68", "#eceff1"),
    }
)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What the picture shows, its words in one language. `what` and `seen` may be empty; `advice` None says nothing."""

    light: Light
    state: str
    unit: str
    site: str
    what: str
    action: str
    advice: Advice | None
    seen: str


def picture(scene: Scene) -> bytes:
    """Return the picture as PNG of at most `LARGEST_BYTES`."""
    image = Image.new("RGB", (_SIDE * _FINER, _SIDE * _FINER), _PAPER)
    canvas = ImageDraw.Draw(image)
    tone, tint = _TONES[scene.light]
    band = 150
    canvas.rectangle((0, 0, _SIDE * _FINER, band * _FINER), fill=tint)
    canvas.rectangle((0, 0, 14 * _FINER, _SIDE * _FINER), fill=tone)
    _lamp(canvas, scene.light, centre=(_MARGIN + 60, band / 2), radius=54, tone=tone)
    _text(canvas, scene.state, at=(_MARGIN + 138, band / 2), size=40, colour=tone, lines=2, middle=True, width=400)
    y = _text(canvas, scene.unit, at=(_MARGIN, band + _GAP), size=38, colour=_INK, lines=1)
    y = _text(canvas, scene.site, at=(_MARGIN, y), size=27, colour=_SOFT, lines=1)
    if scene.what:
        y = _text(canvas, scene.what, at=(_MARGIN, y + 4), size=29, colour=tone, lines=2)
    if scene.advice is not None:
        _advice(canvas, scene.advice, scene.action, y=y + 8, tint=tint)
    if scene.seen:
        _text(canvas, scene.seen, at=(_MARGIN, _SIDE - 36), size=22, colour=_SOFT, lines=1)
    return _png(image)


def _advice(canvas: ImageDraw.ImageDraw, advice: Advice, action: str, *, y: float, tint: str) -> None:
    """Draw the pictures of what to do, by when, and of staying inside, and the words below them."""
    side = 88
    _box(canvas, (_MARGIN - 8, y, _SIDE - 18, _SIDE - 44), fill=tint)
    x, y = float(_MARGIN), y + 10
    for name in ACTIONS[advice.action]:
        _pictogram(canvas, name, at=(x, y), side=side)
        x += side + _GAP
    for then in (WHENS.get(advice.when), "home" if advice.stay_inside else None):
        if then is not None:
            _box(canvas, (x, y, x + 3, y + side), fill="#b9c2ca")
            _pictogram(canvas, then, at=(x + _GAP, y), side=side)
            x += side + 2 * _GAP
    _text(canvas, action, at=(_MARGIN, y + side + 6), size=33, colour=_INK, lines=3)


def _lamp(canvas: ImageDraw.ImageDraw, light: Light, *, centre: Point, radius: float, tone: str) -> None:
    """Draw the light by its shape as well as its colour: circle, triangle, eight corners, broken circle."""
    x, y, r = centre[0] * _FINER, centre[1] * _FINER, radius * _FINER
    if light is Light.GREEN:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=tone)
        tick = [(x - 0.45 * r, y + 0.03 * r), (x - 0.1 * r, y + 0.38 * r), (x + 0.5 * r, y - 0.3 * r)]
        canvas.line(tick, fill=_PAPER, width=round(r / 5), joint="curve")
        return
    if light is Light.AMBER:
        canvas.polygon([(x, y - r), (x + r, y + 0.85 * r), (x - r, y + 0.85 * r)], fill=tone)
        _exclamation(canvas, (x, y + 0.12 * r), 0.8 * r)
        return
    if light is Light.RED:
        c = 0.42 * r
        canvas.polygon(
            [
                *((x - c, y - r), (x + c, y - r), (x + r, y - c), (x + r, y + c)),
                *((x + c, y + r), (x - c, y + r), (x - r, y + c), (x - r, y - c)),
            ],
            fill=tone,
        )
        _exclamation(canvas, (x, y), r)
        return
    for start in range(0, 360, 40):
        canvas.arc((x - r, y - r, x + r, y + r), start, start + 26, fill=tone, width=round(r / 6))
    canvas.text((x, y), "?", font=_font(round(1.3 * r)), fill=tone, anchor="mm")


def _exclamation(canvas: ImageDraw.ImageDraw, centre: Point, r: float) -> None:
    x, y, half = centre[0], centre[1], r / 8
    canvas.rectangle((x - half, y - 0.6 * r, x + half, y + 0.12 * r), fill=_PAPER)
    canvas.ellipse((x - 1.3 * half, y + 0.32 * r, x + 1.3 * half, y + 0.32 * r + 2.6 * half), fill=_PAPER)


def _pictogram(canvas: ImageDraw.ImageDraw, name: str, *, at: Point, side: float) -> None:
    draw(canvas, name, at=(at[0] * _FINER, at[1] * _FINER), side=side * _FINER, colour=_INK)


def _box(canvas: ImageDraw.ImageDraw, corners: tuple[float, float, float, float], *, fill: str) -> None:
    canvas.rectangle([number * _FINER for number in corners], fill=fill)


def _text(
    canvas: ImageDraw.ImageDraw,
    text: str,
    *,
    at: Point,
    size: int,
    colour: str,
    lines: int,
    width: float = _SIDE - 2 * _MARGIN,
    middle: bool = False,
) -> float:
    """Write `text` in at most so many `lines`, smaller where it would take more; return where it ends below."""
    font, wrapped = _fitting(text, size=size, lines=lines, width=width)
    x, y = at[0] * _FINER, at[1] * _FINER
    step = round(font.size * 1.22)
    if middle:
        y -= step * len(wrapped) / 2
    for number, line in enumerate(wrapped):
        canvas.text((x, y + number * step), line, font=font, fill=colour)
    return (y + len(wrapped) * step) / _FINER


def _fitting(text: str, *, size: int, lines: int, width: float) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    smallest = 14
    for tried in range(size, smallest - 1, -1):
        font = _font(tried * _FINER)
        wrapped = _wrapped(text, font, width * _FINER)
        if len(wrapped) <= lines and all(font.getlength(line) <= width * _FINER for line in wrapped):
            break
    return font, [_cut(line, font, width * _FINER) for line in wrapped[:lines]]


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
def _font(size: int) -> ImageFont.FreeTypeFont:
    content = files(__package__).joinpath("sans-bold.ttf").read_bytes()
    return ImageFont.truetype(io.BytesIO(content), size)


def _png(image: Image.Image) -> bytes:
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX).quantize(_COLOURS, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()
