"""What a mute covers, as a decision: there, then, and critical milk only where it says so."""

from coldchain_server.incidents.muting import Mute, critical_milk, mute_on

HOUR_MS = 3_600_000


def mute(number: int = 1, *, site: str = "", unit: str = "", hours: int = 1, milk: bool = False) -> Mute:
    return Mute(id=number, site=site, unit=unit, from_ms=HOUR_MS, to_ms=(1 + hours) * HOUR_MS, critical_milk=milk)


def covers(one: Mute, *, at_ms: int = HOUR_MS, milk: bool = False) -> bool:
    return one.covers(site="menaka", unit="menaka-1", critical_milk=milk, at_ms=at_ms)


def test_it_covers_from_its_first_instant_to_before_its_last() -> None:
    assert [covers(mute(), at_ms=at_ms) for at_ms in (HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS - 1, 2 * HOUR_MS)] == [
        False,
        True,
        True,
        False,
    ]


def test_it_covers_its_unit_its_site_or_every_site() -> None:
    assert covers(mute(site="menaka", unit="menaka-1"))
    assert covers(mute(site="menaka"))
    assert not covers(mute(site="tillia"))
    assert not covers(mute(site="menaka", unit="menaka-2"))


def test_a_mute_of_a_unit_does_not_cover_what_is_of_its_whole_site() -> None:
    assert not mute(site="menaka", unit="menaka-1").covers(site="menaka", unit="", critical_milk=False, at_ms=HOUR_MS)


def test_critical_milk_is_covered_only_where_it_says_so() -> None:
    assert not covers(mute(), milk=True)
    assert covers(mute(milk=True), milk=True)


def test_of_several_the_one_that_lasts_longest_counts() -> None:
    found = mute_on([mute(1), mute(2, hours=5), mute(3)], site="x", unit="y", critical_milk=False, at_ms=HOUR_MS)
    assert found is not None
    assert found.id == 2
    assert mute_on([], site="x", unit="y", critical_milk=False, at_ms=HOUR_MS) is None


def test_what_is_not_known_of_milk_is_not_critical_milk_and_an_unknown_reason_is() -> None:
    assert critical_milk("critical", "too-warm")
    assert critical_milk("critical", "a reason of a later version")
    assert not critical_milk("warning", "too-warm")
    assert not critical_milk("critical", "silent")
    assert not critical_milk("critical", "outage")
