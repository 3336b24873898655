"""`coldchain-server lab`, as a person in a laboratory types it."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain_app.app import App
from coldchain_app.commands import lab
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.readings import Reading
from coldchain_judgement.milk import events
from coldchain_judgement.milk.events import Emptied, MilkIn
from coldchain_judgement.milk.kinds import Milked, QualityTest
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.ingest.configs import config_for
from coldchain_server.milk import rows
from coldchain_server.store.protocol import Point
from invented.watched import DEVICE, MILK, MINUTE_MS, SITE, START_MS, UNIT, fleet_of

DAYS, HOUR_MS, DAY_MS = 24, 3_600_000, 86_400_000
DAY = f"{datetime.fromtimestamp(START_MS / 1000, UTC):%Y-%m-%d}"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    fleet = fleet_of(profile=builtin_profiles()["daily"])
    opened = App(ServerSettings(data=str(tmp_path / "data")), clock=SetClock(START_MS), fleet=fleet)
    yield opened
    opened.close()


def run(app: App, *words: object) -> Result:
    return CliRunner().invoke(lab.command, [str(w) for w in words], obj=lambda: app, catch_exceptions=False)


def test_the_batches_of_some_days_are_written_as_a_sheet(app: App, tmp_path: Path) -> None:
    came = MilkIn(at_ms=START_MS, milked=Milked.JUST_NOW, litres=12.0)
    with app.sessions().begin() as session:
        telling = rows.Telling(key="1", site=SITE, unit=UNIT, event=came, who="a", channel="page")
        rows.tell(session, telling, now_ms=START_MS)
    readings = [Reading(probe=MILK, at_ms=START_MS + minute * MINUTE_MS, value=6.0) for minute in range(1, 60)]
    app.store().prepare()
    app.store().write([Point(reading=one, sequence=number + 1) for number, one in enumerate(readings)])
    file = tmp_path / "batches.csv"
    assert run(app, "batches", "--from", DAY, "--to", DAY, "--unit", UNIT, "--output", file).exit_code == 0
    (line,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert (line["unit"], line["litres"], line["species"]) == (UNIT, "12", "cow")
    assert line["milked"].endswith("+00:00")


def test_days_without_milk_are_a_heading_alone(app: App) -> None:
    assert run(app, "batches", "--from", "2026-01-01", "--to", "2026-01-02").stdout.startswith("site,unit,species,")


def test_what_cannot_be_meant_is_refused(app: App) -> None:
    assert "--to is before --from" in run(app, "batches", "--from", "2026-01-02", "--to", "2026-01-01").output
    with pytest.raises(UnknownThing, match=f"no unit 'X{UNIT}'"):
        run(app, "batches", "--from", DAY, "--to", DAY, "--unit", f"X{UNIT}")


def test_what_a_sites_tests_teach_is_reckoned_gone_by_withdrawn_and_heard_of_by_what_runs(app: App) -> None:
    thirty_days(app)
    told = run(app, "learn", SITE).stdout
    assert told.startswith(f"{DAYS} of 20 tested batches; 0 tests say nothing.")
    assert "at worst" in told
    server = Server(app, only=("incidents",))
    server.start()
    try:
        assert "Entry 1" in run(app, "learn", SITE, "--go-by", "--why", "a season of clots").stdout
        assert server.outdated()
        server.renew()
        assert not server.outdated()
        site = app.fleet().sites[SITE]
        assert site.offset_log10 > 0.3
        config = config_for(app.fleet().devices[DEVICE], app.fleet(), now_ms=START_MS)
        assert config.milk[UNIT].offset_log10 == site.offset_log10
        assert run(app, "learn", SITE).stdout == told
        run(app, "learn", SITE, "--withdraw", "--why", "the strip was old")
        server.renew()
        assert (app.fleet().sites[SITE].offset_log10, app.fleet().sites[SITE].tested) == (0.0, False)
    finally:
        server.stop()


def test_a_site_without_tests_has_nothing_to_go_by(app: App) -> None:
    assert run(app, "learn", SITE).stdout == "0 of 20 tested batches; 0 tests say nothing.\n"
    with pytest.raises(BadEntry, match="too few"):
        run(app, "learn", SITE, "--go-by", "--why", "so")
    with pytest.raises(UnknownThing, match="no site 'nowhere'"):
        run(app, "learn", "nowhere")
    assert "exclude" in run(app, "learn", SITE, "--go-by", "--withdraw").output


def thirty_days(app: App) -> None:
    """Milk of each day that stood at 20 °C and was boiled after 13 hours: it clots every other day."""
    app.store().prepare()
    readings: list[Reading] = []
    with app.sessions().begin() as session:
        for day in range(DAYS):
            begins_ms = START_MS + day * DAY_MS
            clots = events.Tested(at_ms=begins_ms + 13 * HOUR_MS, test=QualityTest.CLOT_ON_BOILING, failed=day % 2 == 0)
            ends = Emptied(at_ms=begins_ms + 20 * HOUR_MS)
            for event in (MilkIn(at_ms=begins_ms + MINUTE_MS, milked=Milked.JUST_NOW), clots, ends):
                key = f"{day}-{event.at_ms}"
                telling = rows.Telling(key=key, site=SITE, unit=UNIT, event=event, who="a", channel="page")
                rows.tell(session, telling, now_ms=event.at_ms)
            spaced = range(begins_ms, begins_ms + DAY_MS, 10 * MINUTE_MS)
            readings += [Reading(probe=MILK, at_ms=at_ms, value=20.0) for at_ms in spaced]
    app.store().write([Point(reading=one, sequence=number + 1) for number, one in enumerate(readings)])
    clock = app.clock
    assert isinstance(clock, SetClock)
    clock.set(START_MS + DAYS * DAY_MS)
