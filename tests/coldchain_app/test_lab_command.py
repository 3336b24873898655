"""`coldchain-server lab batches`, as a person in a laboratory types it."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain_app.app import App
from coldchain_app.commands import lab
from coldchain_app.settings import ServerSettings
from coldchain_contract.clock import SetClock
from coldchain_contract.readings import Reading
from coldchain_judgement.milk.events import MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.milk import rows
from coldchain_server.store.protocol import Point
from invented.watched import MILK, MINUTE_MS, SITE, START_MS, UNIT, fleet_of

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
