"""Taken instants: each reading has one to itself, its own or the first free after it, whatever came before."""

import itertools
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_server.columns import Columns
from coldchain_server.spool.instants import REMEMBERED_MS, Instants
from coldchain_server.spool.schema import connect

MILK, AIR = ProbeUrn("urn:dev:ow:28ff5c79a21603da"), ProbeUrn("urn:dev:ow:28aa5c79a216034f")
SPAN_MS = 1 << 20
near_the_end_of_a_span = st.integers(SPAN_MS * 1_700_000 - 4, SPAN_MS * 1_700_000 + 4)
before_1970_too = st.integers(-3, 3)
taken = st.tuples(st.sampled_from([MILK, AIR]), near_the_end_of_a_span | before_1970_too)
packs = st.lists(st.lists(taken, min_size=1, max_size=12), max_size=6)


def opened() -> sqlite3.Connection:
    return connect(Path(":memory:"))


def columns(*instants: tuple[ProbeUrn, int]) -> Columns:
    return Columns.of(
        range(1, len(instants) + 1), [Reading(probe=probe, at_ms=at_ms, value=4.0) for probe, at_ms in instants]
    )


@pytest.fixture(params=["roomy", "crowded"])
def most_in_a_span(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds where a span has room for all, and where it is crowded after the first three."""
    if request.param == "crowded":
        monkeypatch.setattr("coldchain_server.spool.instants._MOST_IN_A_SPAN", 3)


@pytest.mark.usefixtures("most_in_a_span")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(packs)
def test_each_reading_gets_the_first_instant_that_is_free(packs: list[list[tuple[ProbeUrn, int]]]) -> None:
    connection = opened()
    taken: set[tuple[ProbeUrn, int]] = set()
    for pack in packs:
        placed = Instants(connection).placed(columns(*pack))
        for (probe, wanted_ms), given_ms in zip(pack, placed.at_ms, strict=True):
            free_ms = next(at_ms for at_ms in itertools.count(wanted_ms) if (probe, at_ms) not in taken)
            assert given_ms == free_ms
            taken.add((probe, given_ms))
    connection.close()


def test_what_is_free_comes_back_as_it_was_and_not_as_a_copy() -> None:
    connection = opened()
    wanted = columns((MILK, 1), (AIR, 1), (MILK, 2))
    assert Instants(connection).placed(wanted) is wanted
    connection.close()


@pytest.mark.usefixtures("most_in_a_span")
def test_what_is_remembered_stays_taken_and_what_is_forgotten_is_free_again() -> None:
    connection = opened()
    instants, kept_ms, old_ms = Instants(connection), SPAN_MS * 5, SPAN_MS * 3
    wanted = columns(*((MILK, at_ms + n) for at_ms in (kept_ms, old_ms) for n in range(5)))
    instants.placed(wanted)
    instants.forget_before(kept_ms)
    again = instants.placed(wanted)
    assert again.at_ms == tuple(kept_ms + 5 + n for n in range(5)) + tuple(old_ms + n for n in range(5))
    connection.close()


def test_a_month_of_a_reading_a_minute_takes_a_third_of_a_megabyte_a_probe(tmp_path: Path) -> None:
    connection = connect(tmp_path / "spool.sqlite")
    instants, minutes = Instants(connection), REMEMBERED_MS // 60_000
    connection.execute("BEGIN")
    for first in range(0, minutes, 15):
        instants.placed(columns(*((MILK, 60_000 * minute) for minute in range(first, first + 15))))
    connection.execute("COMMIT")
    (pages, size) = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    assert pages * size < 350_000
    connection.close()
