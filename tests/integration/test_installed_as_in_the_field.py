"""As a technician installs it: enrol at a guarded broker, put the file on the card, run both programs."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from invented.installed import DEVICE, PROBE, SERVER, Site
from servers.mosquitto import ADMIN_PASSWORD, Mosquitto
from servers.process import eventually


@pytest.fixture
def site(tmp_path: Path, guarded_mosquitto: Mosquitto) -> Site:
    return Site(tmp_path, guarded_mosquitto)


@pytest.fixture
def running(site: Site) -> Iterator[list[subprocess.Popen[bytes]]]:
    programs = [site.run(SERVER, "run"), site.run(DEVICE, "run")]
    yield programs
    for program in reversed(programs):
        program.kill()
        program.wait(10)


def test_what_enrolment_wrote_runs_as_it_is_and_both_programs_end_when_told(
    site: Site, running: list[subprocess.Popen[bytes]]
) -> None:
    eventually(
        lambda: site.stored() >= 2,
        within=60,
        what="no reading reached the store",
    )
    assert site.health()
    for program in reversed(running):
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0


def test_the_server_runs_as_several_processes_that_share_its_folder(site: Site) -> None:
    programs = [
        site.run(SERVER, "run", "--only", "ingest"),
        site.run(SERVER, "run", "--only", "writing,judging"),
        site.run(DEVICE, "run"),
    ]
    try:
        eventually(
            lambda: site.stored() >= 2,
            within=60,
            what="no reading reached the store",
        )
    finally:
        for program in reversed(programs):
            program.send_signal(signal.SIGTERM)
        codes = [program.wait(30) for program in programs]
    assert codes == [0, 0, 0]


def test_check_config_and_read_say_what_is_there(site: Site) -> None:
    shown = site.say(SERVER, "check-config")
    assert ADMIN_PASSWORD not in shown and "********" in shown
    read = site.say(DEVICE, "read")
    assert "4.0" in read and PROBE in read
