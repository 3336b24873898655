"""The picture of the milk: counts on a scale of powers, the band around the middle, time from left to right."""

from zoneinfo import ZoneInfo

from coldchain_dashboards.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from coldchain_dashboards.milk_chart import draw
from coldchain_server.lab.range import Percentiles
from coldchain_server.queries.milk_range import MilkRange

HOUR_MS = 3_600_000
START_MS = 1_790_000_000_000 // HOUR_MS * HOUR_MS


def milk(*log10: tuple[float, float, float]) -> MilkRange:
    return MilkRange(
        at_ms=tuple(START_MS + number * HOUR_MS for number in range(len(log10))),
        log10=tuple(Percentiles(p10=low, p50=middle, p90=high) for low, middle, high in log10),
        use_ms=(None, None, None),
        spoil_ms=(None, None, None),
        celsius=4.0,
    )


def test_what_grows_rises_from_left_to_right_within_its_band() -> None:
    chart = draw(milk((4.8, 5.0, 5.6), (4.9, 5.4, 6.2), (5.2, 6.1, 7.4)), ZoneInfo("Africa/Bamako"))
    assert chart is not None
    points = [tuple(map(int, one.split())) for one in chart.line[1:].split("L")]
    assert [at for at, _ in points] == [LEFT, round((LEFT + WIDTH - RIGHT) / 2), WIDTH - RIGHT]
    heights = [height for _, height in points]
    assert heights == sorted(heights, reverse=True)
    assert TOP <= min(heights) <= max(heights) <= HEIGHT - BOTTOM
    assert chart.band.endswith("z")
    assert chart.band.count("L") == 2 * len(points) - 1


def test_the_two_counts_that_matter_are_in_the_picture_however_low_the_milk() -> None:
    chart = draw(milk((4.8, 5.0, 5.6), (4.8, 5.0, 5.6)), ZoneInfo("Africa/Bamako"))
    assert chart is not None
    assert TOP <= chart.spoiled < chart.act_now <= HEIGHT - BOTTOM
    assert [tick.label for tick in chart.counts] == ["10⁴", "10⁵", "10⁶", "10⁷", "10⁸"]


def test_of_one_instant_there_is_no_picture() -> None:
    assert draw(milk((4.8, 5.0, 5.6)), ZoneInfo("Africa/Bamako")) is None
