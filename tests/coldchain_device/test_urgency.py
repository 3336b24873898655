"""What is so urgent that it leaves at once: a fill, beside faults and values near a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Sample
from coldchain_device.plan import plan_of
from coldchain_device.sampling import Round
from coldchain_device.settings import DeviceSettings, PlacementSettings
from coldchain_device.urgency import Urgency

MINUTE = 60_000
MILK, AIR = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000002")
PLAN = plan_of(
    DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        placements=(
            PlacementSettings(probe=MILK, unit=UnitId("cooler-1")),
            PlacementSettings(probe=AIR, unit=UnitId("cooler-1"), place="air"),
        ),
    ),
    None,
)
"""Without limits: only a fill or a fault can matter."""


def rounds(*celsius: float | None, probe: ProbeUrn = MILK, every_ms: int = MINUTE) -> list[bool]:
    """Return of each round, in turn, whether it mattered."""
    urgency = Urgency()
    return [
        urgency.matters(
            Round(
                samples=(
                    Sample(
                        probe=probe,
                        value=value,
                        quality=Quality.OK if value is not None else Quality.CRC,
                        stamp=Stamp(boot_id="b", uptime_ms=number * every_ms, wall_ms=0, trusted=False),
                    ),
                ),
                newly_faulty=frozenset(),
            ),
            PLAN,
        )
        for number, value in enumerate(celsius)
    ]


def test_warm_milk_poured_in_matters_as_it_begins_to_show_and_for_every_two_degrees_more() -> None:
    assert rounds(4.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.5) == [False, False, False, True, False, True, False]


def test_a_fill_is_seen_across_a_probe_that_failed_meanwhile() -> None:
    assert rounds(4.0, None, None, 7.0) == [False, False, False, True]


def test_a_slow_rise_is_no_fill_however_far_it_goes() -> None:
    assert not any(rounds(*(4.0 + minute * 0.12 for minute in range(60))))


def test_the_air_may_rise_as_it_likes() -> None:
    assert not any(rounds(4.0, 20.0, 4.0, 20.0, probe=AIR))


def test_what_was_cold_long_ago_says_nothing_of_a_fill_now() -> None:
    assert rounds(4.0, 9.0, every_ms=16 * MINUTE) == [False, False]


@given(st.lists(st.floats(3.85, 4.15), max_size=200))
def test_settled_milk_never_matters(celsius: list[float]) -> None:
    assert not any(rounds(*celsius))


@pytest.mark.parametrize("step", [5, 10, 20])
def test_every_fill_of_the_facts_is_seen_within_its_quarter_of_an_hour(step: int) -> None:
    rising = [4.0 + step * minute / 15 for minute in range(16)]
    assert True in rounds(*rising)
    assert True in rounds(4.0, *(4.0 + step for _ in range(3)))
