"""What one larger cause explains, as a decision: the same falls always give the same groups."""

from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.incidents.grouping import Fall, Outage, outages
from coldchain_server.incidents.settings import IncidentSettings

SETTINGS = IncidentSettings(together_s=900, outage_sites=3)
MINUTE_MS = 60_000
FALLS = st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=12).map(
    lambda falls: [fall(number, minute, muted=muted) for number, (minute, muted) in enumerate(falls)]
)


def fall(site: int, minute: float, *, muted: bool = False) -> Fall:
    return Fall(site=f"site-{site}", since_ms=round(minute * MINUTE_MS), members=frozenset({site}), muted=muted)


def groups(*falls: Fall, standing: tuple[Outage, ...] = ()) -> list[set[int]]:
    return [set(group.members) for group in outages(falls, standing, SETTINGS)]


def test_each_falls_within_a_quarter_of_an_hour_of_another() -> None:
    assert groups(fall(1, 0), fall(2, 15), fall(3, 30)) == [{1, 2, 3}]
    assert groups(fall(1, 0), fall(2, 15), fall(3, 30.1)) == []


def test_two_waves_hours_apart_are_two_outages() -> None:
    first, second = [fall(site, 0) for site in (1, 2, 3)], [fall(site, 200) for site in (4, 5, 6)]
    assert groups(*first, *second) == [{1, 2, 3}, {4, 5, 6}]


def test_a_site_stays_in_the_outage_that_it_is_in_though_it_seems_to_have_fallen_at_another_time() -> None:
    standing = Outage(subject="outage-0", since_ms=0, fell_ms=(0,), down=frozenset({"site-1"}))
    assert groups(fall(1, 200), fall(2, 200), standing=(standing,)) == [{1}]


def test_who_falls_with_those_that_fell_before_joins_them_and_no_other() -> None:
    standing = Outage(subject="outage-0", since_ms=0, fell_ms=(0, 20 * MINUTE_MS), down=frozenset({"site-1"}))
    assert groups(fall(2, 35), fall(3, 36), standing=(standing,)) == [{2}]


@given(FALLS, st.randoms(use_true_random=False))
def test_outages_do_not_depend_on_the_order_of_falls(falls: list[Fall], random: object) -> None:
    shuffled = list(falls)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert groups(*shuffled) == groups(*falls)


@given(FALLS)
def test_every_outage_is_of_enough_sites_that_are_not_muted_and_each_in_one_only(falls: list[Fall]) -> None:
    found = groups(*falls)
    assert all(len(group) >= SETTINGS.outage_sites for group in found)
    together = [site for group in found for site in group]
    assert len(together) == len(set(together))
    assert not {site for fall in falls if fall.muted for site in fall.members} & set(together)
