"""The demo as a newcomer runs it: half a minute of watching, and a report that was read back."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from servers.process import eventually, free_port

_DEMO = [sys.executable, "-c", "from coldchain_app.entry import main; main()", "demo"]
_KEYS = {
    "readings_taken",
    "readings_stored",
    "readings_quarantined",
    "duplicates",
    "incidents_opened",
    "incidents_resolved",
    "notifications_sent",
    "first_alert_latency_s",
}


@pytest.mark.timeout(180)
def test_half_a_minute_of_the_demo_stores_every_reading_once_and_tells_of_a_failing_cooler() -> None:
    options = ["--headless", "--seconds", "30", "--port", "8099", "--seed", "7", "--json"]
    done = subprocess.run([*_DEMO, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report.keys() >= _KEYS
    assert report["readings_taken"] == report["readings_stored"] > 1000
    assert (report["duplicates"], report["readings_quarantined"]) == (0, 0)
    assert report["incidents_opened"] >= 1
    assert report["notifications_sent"] >= 1
    assert 0 < report["first_alert_latency_s"] < 10
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(120)
def test_ctrl_c_stops_the_demo_cleanly_while_another_has_the_usual_port(tmp_path: Path) -> None:
    port = free_port()
    demos = []
    for number in range(2):
        log = (tmp_path / f"demo-{number}.log").open("w")
        demos.append(subprocess.Popen([*_DEMO, "--port", str(port)], stdout=log, stderr=log, start_new_session=True))
        log.close()
        eventually(lambda number=number: "Open" in _said(tmp_path, number), within=40)  # type: ignore[misc]
    addresses = [_said(tmp_path, number).split("Open")[1].split()[0] for number in range(2)]
    assert addresses[0] == f"http://127.0.0.1:{port}/"
    assert addresses[1] != addresses[0]
    for address in addresses:
        with urllib.request.urlopen(f"{address}healthz", timeout=10) as answer:
            assert answer.status == 200
    for demo in demos:
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does it: to every process of the group
    assert [demo.wait(60) for demo in demos] == [0, 0]
    for number in range(2):
        assert "readings taken" in _said(tmp_path, number)
        assert "Traceback" not in _said(tmp_path, number)


@pytest.mark.timeout(120)
def test_a_recorded_file_is_replayed_from_the_command_line(real_data: Path) -> None:
    file = real_data / "kenya-pasteurizer" / "raw_data__temp_2025-02-22_to_2025-02-23.csv"
    options = ["--headless", "--json", "--replay", str(file), "--zone", "Africa/Nairobi"]
    done = subprocess.run([*_DEMO, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["readings_taken"] == report["readings_stored"] > 1000
    assert report["duplicates"] == 0


def _said(folder: Path, number: int) -> str:
    return (folder / f"demo-{number}.log").read_text(errors="replace")
