"""The weight of the first view, against the 20 KB that a phone on 2G is asked to wait for."""

from collections.abc import Iterator
from pathlib import Path

import coldchain_dashboards
from benchmarks.figure import Amount, Figure, expect
from benchmarks.scale import Scale
from coldchain_dashboards.settings import WebSettings
from invented.browsing import signed_in
from invented.world import busy_world

BUDGET = Amount(20.0, "kB")
_STYLE = Path(coldchain_dashboards.__file__).parent / "static" / "page.css"


def measure(_scale: Scale, folder: Path) -> Iterator[Figure]:
    """Yield the bytes of the fleet view as a technician first sees it, uncompressed, style sheet included."""
    world = busy_world(folder)
    try:
        page = signed_in(world, language="fr", settings=WebSettings()).get("/")
    finally:
        world.close()
    units = page.text.count('<article class="unit ')
    expect("units on the page", found=units, expected=len(world.fleet.units))
    style = _STYLE.stat().st_size
    yield Figure(
        name=f"first fleet view, {units} units with style sheet, in French",
        ours=Amount((len(page.data) + style) / 1000, "kB"),
        rival=BUDGET,
        against="budget",
        note=f"{style / 1000:.1f} kB of it is the style sheet, which a phone keeps",
    )
