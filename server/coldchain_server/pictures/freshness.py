"""The freshness card as a picture, and the sentence under it, in one language. Pure."""

import msgspec
import segno
from PIL import Image, ImageDraw

from coldchain_judgement.advice import When
from coldchain_server.fleet.model import Site
from coldchain_server.freshness.card import Card
from coldchain_server.freshness.codes import spaced
from coldchain_server.notifications.catalogue import Catalogue
from coldchain_server.notifications.fitting import Names, fitted
from coldchain_server.pictures.canvas import FINER, INK, MARGIN, PAPER, SOFT, WIDE, box, pictogram, png, text_at
from coldchain_server.pictures.pictograms import WHENS

_TALL, _BAND, _SIDE, _ROW = 800, 150, 64, 84
_COLD, _TINT = "#14425c", "#e6f0f6"
_QR_SIDE = 150
_MOST_TESTS = 2


class CardScene(msgspec.Struct, frozen=True, kw_only=True):
    """What the picture of a card shows, its words in one language; `address` is where it can be checked."""

    title: str
    site: str
    cold: str
    milked: str
    tests: str
    sell: str
    sell_by: When
    boil: str
    code: str
    address: str


def scene_of(words: Catalogue, card: Card, site: Site, *, code: str, address: str) -> CardScene:
    """Return what the picture of a card shows, in the site's local time."""
    return CardScene(
        title=words["card.title"],
        site=site.name,
        cold=words["card.cold"].format(cold=int(card.cold_hours), hours=int(card.hours)),
        milked=_dated(words, "card.milked", site, card.milked_ms),
        tests=words["card.tests"].format(tests=", ".join(_tests(words, card))),
        sell=_dated(words, f"card.{card.sell_by.value}", site, card.until_ms - 1),
        sell_by=card.sell_by,
        boil=words["card.boil"],
        code=words["card.code"].format(code=spaced(code)),
        address=address,
    )


def sentence_of(words: Catalogue, card: Card, site: Site, *, code: str) -> str:
    """Return what a card says as one SMS; the site's name gives way."""
    milked = site.local(card.milked_ms)
    sell = _dated(words, f"card.{card.sell_by.value}", site, card.until_ms - 1)

    def form(names: Names) -> str:
        return words["card.sentence"].format(
            site=names.site,
            cold=int(card.cold_hours),
            hours=int(card.hours),
            milked=f"{milked:%d/%m %H:%M}",
            tests=", ".join(_tests(words, card)[-_MOST_TESTS:]),
            sell=sell if sell.endswith(".") else f"{sell}.",
            last=words["card.boil"],
            code=spaced(code),
        )

    return fitted([form], Names(unit="", site=site.name), instead=Names(unit="", site=site.id))


def card_picture(scene: CardScene) -> bytes:
    """Return the picture as PNG of at most `canvas.LARGEST_BYTES`."""
    image = Image.new("RGB", (WIDE * FINER, _TALL * FINER), PAPER)
    canvas = ImageDraw.Draw(image)
    box(canvas, (0, 0, WIDE, _BAND), fill=_TINT)
    box(canvas, (0, 0, 14, _TALL), fill=_COLD)
    pictogram(canvas, "snow", at=(MARGIN, 28), side=94)
    wide = WIDE - MARGIN - 150
    y = text_at(canvas, scene.title, at=(150, 34), size=42, colour=_COLD, lines=1, width=wide)
    text_at(canvas, scene.site, at=(150, y + 4), size=28, colour=SOFT, lines=1, width=wide)
    y = float(_BAND + 18)
    sold, beside = WHENS.get(scene.sell_by, "clock"), MARGIN + _SIDE + 20
    room = WIDE - MARGIN - beside
    for name, words in (
        ("thermometer", scene.cold),
        ("clock", scene.milked),
        ("tube", scene.tests),
        (sold, scene.sell),
        ("pot", scene.boil),
    ):
        pictogram(canvas, name, at=(MARGIN, y), side=_SIDE)
        text_at(canvas, words, at=(beside, y + _SIDE / 2), size=31, colour=INK, lines=2, width=room, middle=True)
        y += _ROW
    _qr(canvas, scene.address, at=(MARGIN, _TALL - _QR_SIDE - 24))
    below = (MARGIN + _QR_SIDE + 24, _TALL - _QR_SIDE - 8.0)
    y = text_at(canvas, scene.code, at=below, size=32, colour=INK, lines=2, width=WIDE - MARGIN - below[0])
    text_at(canvas, scene.address, at=(below[0], y + 6), size=20, colour=SOFT, lines=2, width=WIDE - MARGIN - below[0])
    return png(image)


def _qr(canvas: ImageDraw.ImageDraw, address: str, *, at: tuple[float, float]) -> None:
    rows = segno.make(address, error="m", micro=False).matrix
    module = _QR_SIDE // len(rows)
    for down, row in enumerate(rows):
        for right, dark in enumerate(row):
            if dark:
                x, y = at[0] + right * module, at[1] + down * module
                box(canvas, (x, y, x + module - 1 / FINER, y + module - 1 / FINER), fill="#000000")


def _tests(words: Catalogue, card: Card) -> list[str]:
    return list(dict.fromkeys(words[f"tested.{one.test.value}"] for one in card.tests))


def _dated(words: Catalogue, key: str, site: Site, at_ms: int) -> str:
    at = site.local(at_ms)
    return words[key].format(day=at.day, month=words[f"months.{at.month}"], time=f"{at:%H:%M}")
