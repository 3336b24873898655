"""The picture of one unit as it stands. Pure: the same scene gives the same bytes."""

from types import MappingProxyType

import msgspec
from PIL import Image, ImageDraw

from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_server.pictures.canvas import (
    FINER,
    INK,
    MARGIN,
    PAPER,
    SOFT,
    WIDE,
    box,
    font_of,
    pictogram,
    png,
    text_at,
)
from coldchain_server.pictures.pictograms import ACTIONS, WHENS, Point

_GAP = 14
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
    """Return the picture as PNG of at most `canvas.LARGEST_BYTES`."""
    image = Image.new("RGB", (WIDE * FINER, WIDE * FINER), PAPER)
    canvas = ImageDraw.Draw(image)
    tone, tint = _TONES[scene.light]
    band = 150
    canvas.rectangle((0, 0, WIDE * FINER, band * FINER), fill=tint)
    canvas.rectangle((0, 0, 14 * FINER, WIDE * FINER), fill=tone)
    _lamp(canvas, scene.light, centre=(MARGIN + 60, band / 2), radius=54, tone=tone)
    text_at(canvas, scene.state, at=(MARGIN + 138, band / 2), size=40, colour=tone, lines=2, middle=True, width=400)
    y = text_at(canvas, scene.unit, at=(MARGIN, band + _GAP), size=38, colour=INK, lines=1)
    y = text_at(canvas, scene.site, at=(MARGIN, y), size=27, colour=SOFT, lines=1)
    if scene.what:
        y = text_at(canvas, scene.what, at=(MARGIN, y + 4), size=29, colour=tone, lines=2)
    if scene.advice is not None:
        _advice(canvas, scene.advice, scene.action, y=y + 8, tint=tint)
    if scene.seen:
        text_at(canvas, scene.seen, at=(MARGIN, WIDE - 36), size=22, colour=SOFT, lines=1)
    return png(image)


def _advice(canvas: ImageDraw.ImageDraw, advice: Advice, action: str, *, y: float, tint: str) -> None:
    """Draw the pictures of what to do, by when, and of staying inside, and the words below them."""
    side = 88
    box(canvas, (MARGIN - 8, y, WIDE - 18, WIDE - 44), fill=tint)
    x, y = float(MARGIN), y + 10
    for name in ACTIONS[advice.action]:
        pictogram(canvas, name, at=(x, y), side=side)
        x += side + _GAP
    for then in (WHENS.get(advice.when), "home" if advice.stay_inside else None):
        if then is not None:
            box(canvas, (x, y, x + 3, y + side), fill="#b9c2ca")
            pictogram(canvas, then, at=(x + _GAP, y), side=side)
            x += side + 2 * _GAP
    text_at(canvas, action, at=(MARGIN, y + side + 6), size=33, colour=INK, lines=3)


def _lamp(canvas: ImageDraw.ImageDraw, light: Light, *, centre: Point, radius: float, tone: str) -> None:
    """Draw the light by its shape as well as its colour: circle, triangle, eight corners, broken circle."""
    x, y, r = centre[0] * FINER, centre[1] * FINER, radius * FINER
    if light is Light.GREEN:
        canvas.ellipse((x - r, y - r, x + r, y + r), fill=tone)
        tick = [(x - 0.45 * r, y + 0.03 * r), (x - 0.1 * r, y + 0.38 * r), (x + 0.5 * r, y - 0.3 * r)]
        canvas.line(tick, fill=PAPER, width=round(r / 5), joint="curve")
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
    canvas.text((x, y), "?", font=font_of(round(1.3 * r)), fill=tone, anchor="mm")


def _exclamation(canvas: ImageDraw.ImageDraw, centre: Point, r: float) -> None:
    x, y, half = centre[0], centre[1], r / 8
    canvas.rectangle((x - half, y - 0.6 * r, x + half, y + 0.12 * r), fill=PAPER)
    canvas.ellipse((x - 1.3 * half, y + 0.32 * r, x + 1.3 * half, y + 0.32 * r + 2.6 * half), fill=PAPER)
