"""Counts of raw milk that others published: what a person may look up, and what nobody has checked yet."""

import msgspec


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A count a ml after so many hours at one temperature, of milk that began with `start` a ml."""

    source: str
    milk: str
    celsius: float
    start: float
    hours: float
    count: float


CONN = "Conn"
_CONN_START = 1e3
_CONN = ((10.0, {6: 12, 12: 15, 24: 41, 40: 62}), (20.0, {6: 17, 12: 242, 24: 61_280, 40: 3_574_990}))
"""Relative counts that begin with 10: The Story of Milk, seen as a page on Wikisource. It states none a ml; they are
taken as if they began with 1,000, which puts the end of the last row at the model's ceiling."""

AYERS = "Ayers, Cook & Clemmer"
_HOURS = (24.0, 48.0, 72.0, 96.0)
_AYERS = (
    ("clean cows and utensils", 4.4, 4_295, (4_138, 4_566, 8_427, 19_693)),
    ("clean cows and utensils", 10.0, 4_295, (13_961, 127_727, 5_725_277, 39_490_625)),
    ("clean cows and utensils", 15.5, 4_295, (1_587_333, 33_011_111, 326_500_000, 962_785_714)),
    ("clean cows, dirty utensils", 4.4, 39_082, (88_028, 121_864, 186_245)),
    ("clean cows, dirty utensils", 10.0, 39_082, (177_437, 831_615, 1_761_458)),
    ("clean cows, dirty utensils", 15.5, 39_082, (4_461_111, 99_120_000, 633_375_000)),
    ("dirty", 4.4, 136_533, (281_646, 538_775, 749_030)),
    ("dirty", 10.0, 136_533, (1_170_546, 13_662_115, 25_687_541)),
    ("dirty", 15.5, 136_533, (24_673_571, 639_884_615, 2_407_083_333)),
)
"""USDA Bulletin 642 (1918), written down from memory: nobody has seen the table. No rate depends on it."""


def conn() -> tuple[Cell, ...]:
    """Return the table that was seen."""
    return tuple(
        Cell(
            source=CONN,
            milk="raw milk",
            celsius=celsius,
            start=_CONN_START,
            hours=hours,
            count=_CONN_START * relative / 10,
        )
        for celsius, row in _CONN
        for hours, relative in row.items()
    )


def ayers() -> tuple[Cell, ...]:
    """Return the table that nobody has checked."""
    return tuple(
        Cell(source=AYERS, milk=milk, celsius=celsius, start=start, hours=hours, count=count)
        for milk, celsius, start, counts in _AYERS
        for hours, count in zip(_HOURS, counts, strict=False)
    )


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of a book about milk that began with `start` a ml: that `hours` at `celsius` multiplied it by at least
    `least` and at most `most`."""

    source: str
    says: str
    celsius: float
    hours: float
    start: float = 1e4
    least: float = 1.0
    most: float = float("inf")


STATEMENTS = (
    Statement(source="Russell", says="no increase for 6–9 h at 70 °F", celsius=21.1, hours=6, most=2),
    Statement(source="Russell", says="no increase for 30–40 h at 54 °F", celsius=12.2, hours=30, most=2),
    Statement(source="Conn", says="curdled after 18 h at 98 °F", celsius=36.7, hours=18, least=1e3),
    Statement(source="Conn", says="not curdled after 48 h at 70 °F", celsius=21.1, hours=48, most=1e4),
    Statement(
        source="J. Milk Food Technol. 32:37", says="unchanged after 3 days at 3.3 °C", celsius=3.3, hours=72, most=2
    ),
    Statement(
        source="J. Milk Food Technol. 32:37",
        says="more than doubled after 3 days at 7.2 °C",
        celsius=7.2,
        hours=72,
        least=2,
    ),
)
"""Sentences that were seen, read as numbers: no increase is at most a doubling, curdled is 1,000 times as many from
10^4, not curdled is under 10^8."""
