"""A fleet file with mistakes: each is named with its key, what was found, what is allowed and the nearest name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.settings import BadSettings, Mistake
from coldchain_server.fleet.load import fleet_of, fleet_of_text, load_fleet

GOOD = """
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"
curfew_from = 20:00:00
curfew_to = 06:00:00

[sites.tillia]
name = "Tillia"
zone = "Africa/Niamey"

[units.menaka-1]
site = "menaka"
name = "Frigo 1"
kind = "cooler"
profile = "own"

[units.tillia-1]
site = "tillia"
name = "Frigo T"
kind = "pasteuriser"
profile = "own"

[devices.menaka-pi]
site = "menaka"

[[placements]]
probe = "28-0316a2795cff"
unit = "menaka-1"
device = "menaka-pi"
place = "milk"
from = 2026-01-12T09:00:00Z

[[placements]]
probe = "28-0316a279a4f1"
unit = "menaka-1"
device = "menaka-pi"
place = "air"
from = 2026-01-12T09:00:00Z

[contacts.moussa]
name = "Moussa"
language = "fr"
role = "technician"
sites = ["menaka"]
channels = ["console:", "mailto://moussa:dear-secret@example.org"]

[contacts.zara]
name = "Zara"
language = "fr"
role = "cooperative"
sites = ["menaka"]
channels = ["console:"]

[profiles.own]
title = "Our own"
source = "agreed"

[[profiles.own.limits]]
name = "warm"
side = "above"
celsius = 8.0
level = "critical"
source = "agreed"
"""


def mistakes(*changes: tuple[str, str], text: str = GOOD) -> list[Mistake]:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(BadSettings) as caught:
        fleet_of_text(text, file="fleet.toml", read_file=unreadable)
    return list(caught.value.mistakes)


def unreadable(name: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", name)


def test_the_file_they_are_all_made_in_is_good() -> None:
    assert len(fleet_of_text(GOOD, file="fleet.toml", read_file=unreadable).placements) == 2


def steps(*steps: tuple[int, str], site: str = "menaka") -> tuple[str, str]:
    """Return the change that gives a site an escalation list."""
    tables = "".join(
        f'[[sites.{site}.escalation]]\nafter_s = {after_s}\ncontacts = ["{contact}"]\n' for after_s, contact in steps
    )
    return "[contacts.moussa]", f"{tables}[contacts.moussa]"


ONE_EACH = [
    (('site = "menaka"', 'site = "menaca"'), "units.menaka-1.site", "menaka"),
    (('profile = "own"', 'profile = "onw"'), "units.menaka-1.profile", "own"),
    (('kind = "cooler"', 'kind = "coler"'), "units.menaka-1.kind", "cooler"),
    (
        ('[devices.menaka-pi]\nsite = "menaka"', '[devices.menaka-pi]\nsite = "tilia"'),
        "devices.menaka-pi.site",
        "tillia",
    ),
    (('unit = "menaka-1"', 'unit = "menaka-l"'), "placements[0].unit", "menaka-1"),
    (('device = "menaka-pi"', 'device = "menaka-py"'), "placements[0].device", "menaka-pi"),
    (('place = "milk"', 'place = "mik"'), "placements[0].place", "milk"),
    (('"28-0316a279a4f1"', '"28-0316a279a4f"'), "placements[1].probe", ""),
    (('"28-0316a279a4f1"', '"urn:dev:ow:2801020304050607"'), "placements[1].probe", ""),
    (("from = 2026-01-12T09:00:00Z", "from = 2026-01-12T09:00:00"), "placements[0].from", ""),
    (("from = 2026-01-12T09:00:00Z", "from = 2026-01-12T09:00:00Z\nto = 2026-01-01T00:00:00Z"), "placements[0].to", ""),
    (('place = "milk"', 'place = "milk"\nlowest_celsius = 70.0'), "placements[0].lowest_celsius", ""),
    (('place = "milk"', 'place = "milk"\nhighest_celsius = -20.0'), "placements[0].highest_celsius", ""),
    (('zone = "Africa/Bamako"', 'zone = "Africa/Bamaco"'), "sites.menaka.zone", ""),
    (("curfew_to = 06:00:00", ""), "sites.menaka.curfew_from", ""),
    (("curfew_to = 06:00:00", "curfew_to = 20:00:00"), "sites.menaka.curfew_to", ""),
    (("curfew_to = 06:00:00", 'curfew_to = "06:00:00Z"'), "sites.menaka.curfew_to", ""),
    (('name = "Ménaka"', f'name = "{"x" * 41}"'), "sites.menaka.name", ""),
    (("curfew_to = 06:00:00", 'curfew_to = 06:00:00\ncurfew = "none"'), "sites.menaka.curfew", ""),
    (("curfew_to = 06:00:00", "curfew_to = 06:00:00\nquiet_to = 05:00:00"), "sites.menaka.quiet_to", ""),
    (('role = "technician"', 'role = "technician"\nquiet_from = 20:00:00'), "contacts.moussa.quiet_from", ""),
    (
        ('role = "technician"', 'role = "technician"\nquiet_from = 20:00:00\nquiet_to = 20:00:00'),
        "contacts.moussa.quiet_to",
        "",
    ),
    (('role = "technician"', 'role = "technician"\nalso_reads = ["ha", "ha"]'), "contacts.moussa.also_reads[1]", ""),
    (('role = "technician"', 'role = "technician"\nalso_reads = ["fr"]'), "contacts.moussa.also_reads[0]", ""),
    (("curfew_to = 06:00:00", 'curfew_to = 06:00:00\nheartbeat = "musa"'), "sites.menaka.heartbeat", "moussa"),
    (("curfew_to = 06:00:00", 'curfew_to = 06:00:00\nheartbeat = "moussa"'), "sites.menaka.heartbeat", ""),
    (steps((0, "musa")), "sites.menaka.escalation[0].contacts[0]", "moussa"),
    (steps((60, "moussa")), "sites.menaka.escalation[0].after_s", ""),
    (steps((0, "moussa"), (60, "moussa")), "sites.menaka.escalation[1].contacts[0]", ""),
    (steps((0, "moussa"), (0, "zara")), "sites.menaka.escalation[1].after_s", ""),
    (steps((0, "zara"), site="tillia"), "sites.tillia.escalation[0].contacts[0]", ""),
    (('language = "fr"', 'language = "french"'), "contacts.moussa.language", ""),
    (('role = "technician"', 'role = "technicien"'), "contacts.moussa.role", "technician"),
    (('sites = ["menaka"]', 'sites = ["menaka", "tilia"]'), "contacts.moussa.sites[1]", "tillia"),
    (('"console:", "mailto', '"consol:", "mailto'), "contacts.moussa.channels[0]", "console"),
    (('"console:", "mailto', '"mailt://x", "mailto'), "contacts.moussa.channels[0]", "mailto"),
    (('"console:", ', '"console:", "console:", '), "contacts.moussa.channels[1]", ""),
    (('channels = ["', 'channels_file = "gone"\nchannels = ["'), "contacts.moussa.channels_file", ""),
    (("[devices.menaka-pi]", "[devices.menaka-pi]\nreport_s = 30"), "devices.menaka-pi.report_s", ""),
    (("[devices.menaka-pi]", "[devices.menaka-pi]\nsample_s = 0"), "devices.menaka-pi.sample_s", ""),
    (("[profiles.own]", "[profiles.own]\nsilent_afer_s = 5"), "profiles.own.silent_afer_s", "silent_after_s"),
    (("celsius = 8.0", "celsius = 8.0\nclear_celsius = 9.0"), "profiles.own.limits[0].clear_celsius", ""),
    (("[contacts.moussa]", "[contact.x]\n[contacts.moussa]"), "contact", "contacts"),
    (("[sites.tillia]", "[sites.Tillia]\nname = 'T'\nzone = 'UTC'\n[sites.tillia]"), "sites.Tillia", ""),
]


@pytest.mark.parametrize(
    ("change", "key", "near"), ONE_EACH, ids=[f"{key}-{n}" for n, (_, key, _) in enumerate(ONE_EACH)]
)
def test_each_mistake_is_named_once_with_its_key_and_the_nearest_name(
    change: tuple[str, str], key: str, near: str
) -> None:
    (mistake,) = mistakes(change)
    assert (mistake.file, mistake.key, mistake.near) == ("fleet.toml", key, near)
    assert mistake.found
    assert mistake.allowed


def test_all_mistakes_are_reported_at_once_whatever_sort_they_are() -> None:
    found = mistakes(
        ('site = "menaka"', 'site = "menaca"'),
        ('kind = "pasteuriser"', 'kind = "oven"'),
        ('zone = "Africa/Niamey"', 'zone = "Africa/Nowhere"'),
        ('device = "menaka-pi"', 'device = "pi"'),
        ('"28-0316a279a4f1"', '"twenty-eight"'),
        ('"console:"', '"console:x"'),
        ("[profiles.own]", "[sites.menaka]\nname = 'again'\n[profiles.own]"),
    )
    assert {mistake.key for mistake in found} == {
        "units.menaka-1.site",
        "units.tillia-1.kind",
        "sites.tillia.zone",
        "placements[0].device",
        "placements[1].probe",
        "contacts.moussa.channels[0]",
        "sites.menaka",
    }


def test_a_table_that_could_not_be_read_is_still_there_to_be_referred_to() -> None:
    assert [mistake.key for mistake in mistakes(('zone = "Africa/Bamako"', "zone = 5"))] == ["sites.menaka.zone"]


def test_an_id_given_twice_says_where_the_first_is() -> None:
    (mistake,) = mistakes(("[profiles.own]", "[units.menaka-1]\nsite = 'nowhere'\n\n[profiles.own]"))
    assert mistake.key == "units.menaka-1"
    assert mistake.found.endswith("the first is on line 12")


def test_one_probe_cannot_be_in_two_places_at_a_time_however_it_is_spelt() -> None:
    (mistake,) = mistakes(('"28-0316a279a4f1"', f'"{urn_of_kernel_name("28-0316a2795cff")}"'))
    assert mistake.key == "placements[1].from"
    assert "placements[0]" in mistake.found


def test_one_place_cannot_hold_two_probes_at_a_time() -> None:
    (mistake,) = mistakes(('place = "air"', 'place = "milk"'))
    assert mistake.key == "placements[1].from"
    assert "milk of menaka-1" in mistake.found


def test_a_probe_may_move_the_instant_its_earlier_placement_ends() -> None:
    moved = GOOD.replace('place = "air"\nfrom = 2026-01-12', 'place = "milk"\nfrom = 2026-03-01').replace(
        "from = 2026-01-12T09:00:00Z", "from = 2026-01-12T09:00:00Z\nto = 2026-03-01T09:00:00Z", 1
    )
    assert len(fleet_of_text(moved, file="f", read_file=unreadable).placements) == 2


def test_a_device_reads_only_probes_of_its_own_site() -> None:
    (mistake,) = mistakes(('unit = "menaka-1"', 'unit = "tillia-1"'))
    assert mistake.key == "placements[0].device"
    assert "tillia" in mistake.allowed


def test_a_profile_cannot_take_a_built_in_name() -> None:
    with pytest.raises(BadSettings) as caught:
        fleet_of_text(GOOD.replace("profiles.own", "profiles.daily"), file="f", read_file=unreadable)
    assert "profiles.daily" in {mistake.key for mistake in caught.value.mistakes}


@pytest.mark.parametrize(
    "channels",
    [
        'channels = "mailto://moussa:dear-secret@example.org"',
        'channels = ["dear-secret"]',
        'channels = ["mailto:dear-secret"]',
        'channels = [["mailto://moussa:dear-secret@example.org"]]',
        'channels = ["tgram://dear-secret"]',
    ],
)
def test_no_mistake_in_a_channel_shows_what_is_secret_in_it(channels: str) -> None:
    good = 'channels = ["console:", "mailto://moussa:dear-secret@example.org"]'
    assert "dear-secret" not in "\n".join(map(str, mistakes((good, channels))))


def test_a_file_that_is_no_toml_says_where() -> None:
    (mistake,) = mistakes(("[sites.menaka]", "[sites.menaka"))
    assert "line 2" in mistake.found


def test_a_file_that_is_not_there_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        load_fleet(tmp_path / "nowhere.toml")
    assert caught.value.mistakes[0].found == "No such file or directory"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=12,
)
sections = st.dictionaries(
    st.sampled_from(["sites", "units", "devices", "placements", "contacts", "profiles", "other"]), values, max_size=5
)


@given(data=sections)
def test_whatever_the_file_says_there_is_a_fleet_or_there_are_mistakes(data: dict[str, object]) -> None:
    try:
        fleet_of(data, file="f", read_file=unreadable, builtin={})
    except BadSettings as bad:
        assert bad.mistakes
