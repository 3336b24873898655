"""From a curve to its picture."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.clock import milliseconds
from coldchain_contract.readings import Quality
from coldchain_dashboards.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, draw, segments
from coldchain_judgement.limits import Level
from coldchain_server.fleet.model import Place
from coldchain_server.queries.values import Curve, FaultMark, ProbeCurve
from coldchain_server.store.protocol import Bucket
from invented.fleet import FROZEN, HOT, WARM, urn

MINUTE_MS = 60_000
START_MS = milliseconds(datetime.fromisoformat("2026-11-21T09:30:00+00:00"))
BAMAKO, NIAMEY = ZoneInfo("Africa/Bamako"), ZoneInfo("Africa/Niamey")


def bucket(minute: int, mean: float, *, spread: float = 0.0, minutes: int = 12) -> Bucket:
    start = START_MS + minute * MINUTE_MS
    return Bucket(
        start_ms=start,
        end_ms=start + minutes * MINUTE_MS,
        count=minutes,
        lowest=mean - spread,
        mean=mean,
        highest=mean + spread,
    )


def curve(*buckets: Bucket, faults: tuple[FaultMark, ...] = (), hours: int = 24) -> Curve:
    milk = ProbeCurve(probe=urn(2), place=Place.MILK, buckets=buckets, faults=faults)
    return Curve(
        start_ms=START_MS,
        end_ms=START_MS + hours * 60 * MINUTE_MS,
        probes=(milk,),
        limits=(WARM, HOT, FROZEN),
        faults_marked=True,
    )


def corners(path: str) -> list[tuple[int, int]]:
    """Return the absolute corners of a path written as M x y and relative steps."""
    found = []
    for part in path.replace("z", "").replace("-", " -").split("M")[1:]:
        start, _, steps = part.partition("l")
        x, y = (int(number) for number in start.replace("h1", "").split())
        found.append((x, y))
        numbers = [int(number) for number in steps.split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


def test_a_gap_breaks_the_line_and_is_shaded() -> None:
    chart = draw(curve(bucket(0, 4), bucket(12, 4.2), bucket(600, 4.1), bucket(612, 4)), BAMAKO)
    assert chart.traces[0].line.count("M") == 2
    assert len(chart.gaps) == 2  # the hours between, and those after the last reading


def test_a_whole_curve_is_one_line_without_gaps() -> None:
    chart = draw(curve(*(bucket(minute, 4) for minute in range(0, 24 * 60, 12))), BAMAKO)
    assert chart.traces[0].line.count("M") == 1
    assert chart.gaps == ()


def test_a_short_peak_stays_in_the_band_although_the_mean_hides_it() -> None:
    calm, peak = bucket(0, 4), msgspec.structs.replace(bucket(12, 4.3), highest=15.0)
    chart = draw(curve(calm, peak, bucket(24, 4)), BAMAKO)
    top_of_line = min(y for _, y in corners(chart.traces[0].line))
    top_of_band = min(y for _, y in corners(chart.traces[0].band))
    assert top_of_band < top_of_line - 50


def test_a_lone_stretch_between_two_gaps_is_still_seen() -> None:
    assert "h1" in draw(curve(bucket(300, 4)), BAMAKO).traces[0].line


def test_limits_are_in_the_picture_even_where_no_reading_comes_near() -> None:
    chart = draw(curve(bucket(0, 4)), BAMAKO)
    assert {(line.celsius, line.level) for line in chart.limits} == {
        (8.0, Level.WARNING),
        (10.0, Level.CRITICAL),
        (0.0, Level.WARNING),
    }
    assert all(TOP <= line.y <= HEIGHT - BOTTOM for line in chart.limits)


def test_labels_of_limits_do_not_overlap_and_the_critical_one_stays() -> None:
    hot = curve(bucket(0, 4), bucket(12, 70))
    labelled = [line for line in draw(hot, BAMAKO).limits if line.label_y is not None]
    heights = sorted(line.label_y for line in labelled if line.label_y is not None)
    assert all(lower - upper >= 11 for upper, lower in pairwise(heights))
    assert 10.0 in {line.celsius for line in labelled}


def test_hours_on_the_axis_are_the_zones_own() -> None:
    here, there = draw(curve(bucket(0, 4)), BAMAKO), draw(curve(bucket(0, 4)), NIAMEY)
    assert [tick.label for tick in here.days] == [tick.label for tick in there.days]
    assert [tick.label for tick in here.days][:2] == ["12:00", "16:00"]
    assert there.days[0].at < here.days[0].at  # noon comes an hour earlier


@pytest.mark.parametrize(("hours", "first"), [(6, "10:00"), (24, "12:00"), (7 * 24, "22/11"), (30 * 24, "26/11")])
def test_the_axis_is_never_crowded(hours: int, first: str) -> None:
    ticks = draw(curve(bucket(0, 4), hours=hours), BAMAKO).days
    assert 4 <= len(ticks) <= 8
    assert ticks[0].label == first


def test_faults_are_marked_apart_from_the_curve_and_never_crowded() -> None:
    faults = tuple(FaultMark(at_ms=START_MS + minute * MINUTE_MS, quality=Quality.CRC) for minute in range(24 * 60))
    chart = draw(curve(faults=faults), BAMAKO)
    assert chart.empty
    assert len(chart.marks) <= 60
    assert sum(mark.count for mark in chart.marks) == 24 * 60


def test_the_table_has_a_row_for_every_stretch_data_or_not() -> None:
    rows = draw(curve(bucket(0, 4, spread=1), bucket(12, 6, spread=2)), BAMAKO).rows
    assert len(rows) == 12
    assert (rows[0].lowest, rows[0].mean, rows[0].highest) == (3, 5, 8)
    assert [row.mean for row in rows[1:]] == [None] * 11


def test_without_probes_there_is_a_picture_with_its_limits_and_nothing_else() -> None:
    chart = draw(msgspec.structs.replace(curve(), probes=()), BAMAKO)
    assert chart.empty
    assert len(chart.limits) == 3


def test_probes_that_followed_each_other_in_the_milk_are_one_curve() -> None:
    first = curve(bucket(0, 4)).probes[0]
    second = ProbeCurve(probe=urn(9), place=Place.MILK, buckets=(bucket(12, 5),), faults=())
    chart = draw(msgspec.structs.replace(curve(), probes=(first, second)), BAMAKO)
    assert len(chart.gaps) == 1  # only what comes after both


@st.composite
def any_curve(draw_one: st.DrawFn) -> Curve:
    minutes = draw_one(st.lists(st.integers(0, 119), unique=True, max_size=120).map(sorted))
    means = draw_one(st.lists(st.floats(-30, 100), min_size=len(minutes), max_size=len(minutes)))
    spread = draw_one(st.floats(0, 20))
    pairs = zip(minutes, means, strict=True)
    return curve(*(bucket(12 * minute, mean, spread=spread) for minute, mean in pairs))


@given(any_curve())
def test_nothing_is_drawn_outside_the_picture(drawn: Curve) -> None:
    chart: Chart = draw(drawn, BAMAKO)
    for trace in chart.traces:
        for x, y in corners(trace.line) + corners(trace.band):
            assert LEFT <= x <= WIDTH - RIGHT
            assert TOP - 1 <= y <= HEIGHT - BOTTOM + 1


@given(any_curve())
def test_segments_keep_every_stretch_once_and_join_only_neighbours(drawn: Curve) -> None:
    buckets = drawn.probes[0].buckets
    parts = segments(buckets)
    assert [one for part in parts for one in part] == list(buckets)
    assert all(after.start_ms == before.end_ms for part in parts for before, after in pairwise(part))
    assert all(later[0].start_ms > earlier[-1].end_ms for earlier, later in pairwise(parts))
