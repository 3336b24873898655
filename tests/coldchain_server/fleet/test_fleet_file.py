"""A fleet file without mistakes: what it says becomes the fleet, and a fleet can be written down again."""

import tomllib
from datetime import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import SiteId, UnitId, urn_of_kernel_name
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_server.fleet.load import builtin_profiles, fleet_of, load_fleet
from coldchain_server.fleet.model import Fleet, Place, Role
from coldchain_server.fleet.write import fleet_text

PROJECT = Path(__file__).parents[3]
EXAMPLE = PROJECT / "deploy" / "fleet.example.toml"


def no_file(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


def limit(name: str = "warm") -> Limit:
    return Limit(
        name=name,
        side=Side.ABOVE,
        celsius=8.0,
        inclusive=False,
        for_s=3600,
        clear_celsius=7.0,
        clear_for_s=600,
        level=Level.CRITICAL,
        source="a test",
    )


DAILY = {"daily": Profile(name="daily", title="Daily", source="a test", limits=(limit(),))}

SMALL = """
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"
curfew_from = 20:00:00
curfew_to = 06:00:00

[units.one]
site = "menaka"
name = "Frigo 1"
kind = "cooler"
profile = "daily"

[units.hot]
site = "menaka"
name = "Pasteurisateur"
kind = "pasteuriser"
profile = "own"

[devices.pi]
site = "menaka"

[[placements]]
probe = "28-0316a2795cff"
unit = "one"
device = "pi"
place = "milk"
from = 2026-01-12T09:00:00+01:00

[[placements]]
probe = "urn:dev:ow:2801020304050607"
unit = "hot"
device = "pi"
place = "milk"
from = 2026-01-12T09:00:00Z
to = 2026-02-12T09:00:00Z
highest_celsius = 90.0

[contacts.aichatou]
name = "Aïchatou"
language = "fr"
role = "cooperative"
sites = ["*"]
channels = ["console:"]
channels_file = "aichatou"

[profiles.own]
title = "Our own"
source = "agreed"
limits = [{name = "low", side = "below", celsius = 63.0, level = "warning", source = "agreed"}]
"""


def small(text: str = SMALL) -> Fleet:
    probe = urn_of_kernel_name("28-0316a279a4f1")
    data = tomllib.loads(text.replace("urn:dev:ow:2801020304050607", probe))
    return fleet_of(data, file="fleet.toml", read_file=lambda _: "# mail\njson://u:p@127.0.0.1:9/\n", builtin=DAILY)


def test_the_example_file_loads_as_it_is() -> None:
    fleet = load_fleet(EXAMPLE)
    assert set(fleet.sites) == {"menaka", "anderamboukane", "tillia"}
    assert {fleet.sites[unit.site].zone.key for unit in fleet.units.values()} == {"Africa/Bamako", "Africa/Niamey"}
    technician = next(contact for contact in fleet.contacts if contact.role is Role.TECHNICIAN)
    assert set(technician.sites) == set(fleet.sites)
    assert all(unit.profile in fleet.profiles for unit in fleet.units.values())


def test_a_probe_may_be_named_as_the_kernel_does() -> None:
    first, second = small().placements
    assert first.probe == urn_of_kernel_name("28-0316a2795cff")
    assert second.probe == urn_of_kernel_name("28-0316a279a4f1")


def test_instants_become_utc_whatever_their_offset() -> None:
    first, second = small().placements
    assert second.from_ms - first.from_ms == 3600_000
    assert second.to_ms is not None
    assert first.to_ms is None


def test_what_is_plausible_goes_by_the_kind_of_unit_unless_the_placement_says_otherwise() -> None:
    cold, hot = small().placements
    assert (cold.lowest_celsius, cold.highest_celsius) == (-10.0, 60.0)
    assert (hot.lowest_celsius, hot.highest_celsius) == (-10.0, 90.0)
    unsaid = small(SMALL.replace("highest_celsius = 90.0", "")).placements[1]
    assert unsaid.highest_celsius == 95.0


def test_a_contact_may_hear_of_every_site_and_keep_addresses_in_a_file() -> None:
    (contact,) = small().contacts
    assert contact.sites == (SiteId("menaka"),)
    assert contact.channels == ("console:", "json://u:p@127.0.0.1:9/")


def test_the_curfew_is_local_time_and_may_span_midnight() -> None:
    site = small().sites[SiteId("menaka")]
    assert [site.in_curfew(time(hour)) for hour in (5, 6, 19, 20, 23)] == [True, False, False, True, True]


def test_a_limit_that_says_no_clear_line_clears_at_its_own() -> None:
    fleet = small()
    (own,) = fleet.profiles["own"].limits
    assert (own.clear_celsius, own.clear_for_s, own.inclusive) == (63.0, 0, False)
    assert fleet.profiles["daily"] == DAILY["daily"]


def test_a_profile_says_how_long_its_milk_is_held() -> None:
    own = small(SMALL.replace('title = "Our own"', 'title = "Our own"\nheld_s = 86400')).profiles["own"]
    assert own.held_s == 86_400
    assert small().profiles["own"].held_s == DAILY["daily"].held_s == 2 * 86_400


def test_files_named_in_it_are_sought_beside_it(tmp_path: Path) -> None:
    text = SMALL.replace("urn:dev:ow:2801020304050607", "28-0316a279a4f1").replace('"daily"', '"own"')
    (tmp_path / "fleet.toml").write_text(text, encoding="utf-8")
    (tmp_path / "aichatou").write_text("ntfy://127.0.0.1:9/topic\n", encoding="utf-8")
    (contact,) = load_fleet(tmp_path / "fleet.toml").contacts
    assert contact.channels[1] == "ntfy://127.0.0.1:9/topic"


def test_a_fleet_written_down_loads_as_the_same_fleet() -> None:
    for fleet, builtin in ((small(), DAILY), (load_fleet(EXAMPLE), builtin_profiles())):
        text = fleet_text(fleet, builtin=builtin)
        assert fleet_of(tomllib.loads(text), file="f", read_file=no_file, builtin=builtin) == fleet


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_name_survives_being_written_down(name: str) -> None:
    data = tomllib.loads(fleet_text(small(), builtin=DAILY))
    data["units"]["one"]["name"] = name
    fleet = fleet_of(data, file="f", read_file=no_file, builtin=DAILY)
    again = fleet_of(tomllib.loads(fleet_text(fleet, builtin=DAILY)), file="f", read_file=no_file, builtin=DAILY)
    assert again.units[UnitId("one")].name == name


def test_written_down_to_be_shown_it_holds_no_secret() -> None:
    text = fleet_text(small(), builtin=DAILY, masked=True)
    assert "u:p" not in text
    assert '"console:", "json://********"' in text


def test_every_place_has_its_word() -> None:
    assert {place.value for place in Place} == {"milk", "wall", "air", "ambient"}


def with_telling(site: str, contact: str = "") -> Fleet:
    text = f"""
[sites.tillia]
name = "Tillia"
zone = "Africa/Niamey"
{site}

[contacts.fati]
name = "Fati"
language = "ses"
role = "cooperative"
sites = ["tillia"]
channels = ["gammu:+22790000001"]
{contact}
"""
    return fleet_of(tomllib.loads(text), file="fleet.toml", read_file=no_file)


def test_a_site_of_which_nothing_is_said_is_under_curfew_from_six_to_six() -> None:
    site = with_telling("").sites[SiteId("tillia")]
    assert [site.in_curfew(time(hour)) for hour in (5, 6, 17, 18, 23)] == [True, False, False, True, True]


def test_no_curfew_is_said_in_so_many_words() -> None:
    site = with_telling('curfew = "none"').sites[SiteId("tillia")]
    assert not any(site.in_curfew(time(hour)) for hour in range(24))


def test_what_says_who_is_told_when_can_be_written_down_again() -> None:
    said = with_telling(
        """
curfew = "none"
quiet_from = 21:00:00
quiet_to = 05:00:00
heartbeat = "fati"
escalation = [{ after_s = 0, contacts = ["fati"] }]
""",
        """
also_reads = ["fr"]
literate = false
shared = true
good_news = true
quiet_from = 22:00:00
quiet_to = 04:00:00
""",
    )
    again = fleet_of(tomllib.loads(fleet_text(said, builtin=builtin_profiles())), file="fleet.toml", read_file=no_file)
    assert again == said
    (fati,) = said.contacts
    assert (fati.language, fati.also_reads, fati.literate, fati.shared, fati.good_news) == (
        "ses", ("fr",), False, True, True,
    )  # fmt: skip
    assert fati.quiet is not None
    assert fati.quiet.holds(time(23))
    assert not fati.quiet.holds(time(4))
    assert said.sites[SiteId("tillia")].heartbeat == "fati"
