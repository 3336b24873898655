"""Readings that travel on a USB key: from a device's card into the store, once, whatever comes by network as well."""

import json
import signal
from pathlib import Path

import pytest

from invented.installed import DEVICE, SERVER, Site
from servers.mosquitto import Mosquitto
from servers.process import eventually

KEY = "key"


@pytest.fixture
def site(tmp_path: Path, guarded_mosquitto: Mosquitto) -> Site:
    (tmp_path / KEY).mkdir()
    return Site(tmp_path, guarded_mosquitto)


def on_the_card(site: Site) -> int:
    """Return how many readings wait on the card, as the device itself says."""
    try:
        card = json.loads(site.say(DEVICE, "outbox", "--json"))
        return sum(int(one["waiting_readings"]) for one in card["outboxes"])
    except AssertionError:  # there is no outbox yet
        return 0


def sampled(site: Site, readings: int) -> None:
    """Let the device take so many readings; nobody hears them, as no server runs."""
    device = site.run(DEVICE, "run")
    try:
        eventually(lambda: on_the_card(site) >= readings, within=60, what="the device takes no readings")
    finally:
        device.send_signal(signal.SIGTERM)
        assert device.wait(30) == 0


def exported(site: Site, *more: str) -> Path:
    told = json.loads(site.say(DEVICE, "export", KEY, "--json", *more))
    return Path(told["file"]) if Path(told["file"]).is_absolute() else site.folder / told["file"]


def written(site: Site, readings: int) -> None:
    """Let the server write what it has into the store, and nothing come by network."""
    server = site.run(SERVER, "run", "--only", "writing")
    try:
        eventually(lambda: site.stored() >= readings, within=60, what="what was imported is not stored")
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


def test_what_travels_on_a_key_is_stored_once_however_it_comes_as_well(site: Site) -> None:
    sampled(site, 3)
    taken = on_the_card(site)
    bundle, sheet = exported(site), exported(site, "--csv")
    site.say(SERVER, "import", str(bundle))
    written(site, taken)
    assert site.stored() == taken
    programs = [site.run(SERVER, "run"), site.run(DEVICE, "run")]
    try:  # the device does not know yet that they have arrived, and sends them as well
        eventually(lambda: site.stored() > taken, within=60, what="nothing comes by network")
        eventually(lambda: on_the_card(site) <= 1, within=60, what="the device is not told what is stored")
    finally:
        for program in reversed(programs):
            program.send_signal(signal.SIGTERM)
            assert program.wait(30) == 0
    for again in (site.say(SERVER, "import", "--json", str(bundle)), imported_unsigned(site, sheet)):
        assert json.loads(again)["new"] == 0


def imported_unsigned(site: Site, sheet: Path) -> str:
    return site.say(SERVER, "import", "--unsigned", "--json", str(sheet))
