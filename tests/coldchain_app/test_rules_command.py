"""`coldchain-server rules replay`: a table of rivals over a file or over simulated coolers."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coldchain_app.cli import cli
from coldchain_contract.clock import utc
from servers.process import eventually

START_MS = 1_775_000_040_000


def replayed(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["rules", "replay", *map(str, arguments)])


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Five hours of two probes, each minute: one is at 12 °C for the last three of them."""
    file = tmp_path / "coolers.csv"
    rows = (f"{utc(START_MS + minute * 60_000).isoformat()};{4 if minute < 120 else 12};5,0" for minute in range(300))
    file.write_text("time;small;large\n" + "\n".join(rows), encoding="utf-8")
    return file


def labels(folder: Path, *lines: str) -> Path:
    file = folder / "labels.csv"
    file.write_text("\n".join(("probe,fault,of,from,until,spoils", *lines)), encoding="utf-8")
    return file


def at(minute: int) -> str:
    return utc(START_MS + minute * 60_000).isoformat()


def test_a_recording_without_labels_shows_how_often_each_would_have_told(recording: Path) -> None:
    told = replayed(recording, "--json")
    assert told.exit_code == 0, told.output
    alarms = json.loads(told.stdout)["alarms"]
    assert {name: [len(alarms[name][rules]) for rules in alarms[name]] for name in alarms} == {
        "large": [0, 0, 0],
        "small": [1, 1, 1],
    }
    assert alarms["small"]["above 8 °C for 30 minutes"] == [{"at": at(150), "why": "above 8 °C"}]
    shown = replayed(recording)
    assert "small" in shown.stdout
    assert "missed" not in shown.stdout


def test_with_labels_it_shows_what_was_detected_and_what_was_missed(recording: Path, tmp_path: Path) -> None:
    broken = f"small,compressor,milk,{at(110)},{at(299)},yes"
    unseen = f"large,cut,milk power,{at(10)},{at(50)},yes"
    told = replayed(recording, "--labels", labels(tmp_path, broken, unseen), "--json")
    assert told.exit_code == 0, told.output
    for rules in json.loads(told.stdout)["figures"]:
        assert (rules["tally"]["spoiling"], rules["tally"]["detected"], rules["tally"]["missed"]) == (2, 1, 1)
        assert rules["false_alarms"] == 0


def test_rows_out_of_order_are_put_in_order_and_of_two_at_one_instant_the_first_counts(tmp_path: Path) -> None:
    rows = [f"{at(minute)},{12 if minute > 60 else 4}" for minute in range(200)]
    file = tmp_path / "shuffled.csv"
    file.write_text("\n".join(["time,T1", *rows[::-1], f"{at(10)},30"]), encoding="utf-8")
    [alarms] = json.loads(replayed(file, "--json").stdout)["alarms"].values()
    assert alarms["above 8 °C now"] == [{"at": at(61), "why": "above 8 °C"}]


def test_a_label_keeps_its_own_zone_and_takes_the_files_where_it_states_none(recording: Path, tmp_path: Path) -> None:
    stated = f"small,compressor,milk,{at(110)},{at(299)},yes"
    unstated = f"small,compressor,milk,{at(110)[:-6]},{at(299)[:-6]},yes"
    for line, zone, detected in ((stated, "Asia/Tokyo", 1), (unstated, "UTC", 1), (unstated, "Asia/Tokyo", 0)):
        told = replayed(recording, "--labels", labels(tmp_path, line), "--zone", zone, "--json")
        assert json.loads(told.stdout)["figures"][1]["tally"]["detected"] == detected, (line, zone)


def test_a_real_recording_is_judged_column_by_column(real_data: Path) -> None:
    file = real_data / "kenya-pasteurizer" / "raw_data__temp_2025-02-22_to_2025-02-23.csv"
    told = replayed(file, "--zone", "Africa/Nairobi", "--json")
    assert told.exit_code == 0, told.output
    alarms = json.loads(told.stdout)["alarms"]
    assert list(alarms) == ["T1_degC", "T2_degC", "T3_degC", "T4_degC"]
    assert all(probe["above 8 °C now"] for probe in alarms.values())


def test_a_sheet_of_a_device_is_judged_in_order_of_time_and_its_faults_are_no_values(tmp_path: Path) -> None:
    def line(minute: int, value: str, quality: str = "ok") -> str:
        identity = f"0b9e4f1c-7d1e-4f6a-9a57-2d3e4f5a6b7c,{minute + 1}"
        return f"menaka,menaka-pi,urn:dev:ow:2801ed5e050000e7,{at(minute)},{value},{quality},0,{identity}"

    rows = [line(minute, "4.0" if minute < 20 else "12.0") for minute in range(90)]
    rows[10] = line(10, "", "por85")
    heading = "site,device,probe,time,celsius,quality,uncertainty_s,outbox,sequence"
    file = tmp_path / "sheet.csv"
    file.write_text("\n".join([heading, *rows[::-1], line(5, "30.0")]), encoding="utf-8")
    told = replayed(file, "--json")
    assert told.exit_code == 0, told.output
    [alarms] = json.loads(told.stdout)["alarms"].values()
    assert [alarm["at"] for alarm in alarms["above 8 °C now"]] == [at(20)]
    assert [alarm["at"] for alarm in alarms["above 8 °C for 30 minutes"]] == [at(50)]


def test_a_short_simulation_has_a_table_a_generator_and_writes_it_into_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- tables, written by `make rules-page` -->\nyesterday\n<!-- end of tables -->\nafter\n")
    told = replayed("--simulate", "--units", "2", "--days", "2", "--page", page)
    assert told.exit_code == 0, told.output
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "yesterday" not in written
    for words in ("First generator", "Second generator", "| ours |", "above 8 °C for 30 minutes"):
        assert words in written
    assert "First generator" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give a FILE or --simulate"),
        (("--simulate", "{file}"), "give a FILE or --simulate"),
        (("{file}", "--profile", "dayly"), "did you mean daily?"),
        (("{file}", "--zone", "Africa/Menaka"), "is no time zone"),
        (("{folder}/labels.csv",), "labels.csv"),
        (("{file}", "--labels", "{file}"), "the first line must be probe,fault,of,from,until,spoils"),
        (("{file}", "--labels", "{folder}/labels.csv"), "which coolers.csv has not; it has large, small"),
        (("{file}", "--page", "{file}"), "the page has no"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(
    arguments: tuple[str, ...], said: str, recording: Path, tmp_path: Path
) -> None:
    labels(tmp_path, f"other,compressor,milk,{at(0)},{at(9)},yes")
    told = replayed(*(word.format(file=recording, folder=tmp_path) for word in arguments))
    assert told.exit_code in (1, 2)
    assert said in told.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("small,x,milk,yesterday,2026-04-01,yes", "times are ISO 8601"),
        ("small,x,butter,2026-04-01,2026-04-02,yes", "`of` is milk, probe, silence or power"),
        ("small,x,milk,2026-04-01,2026-04-02,perhaps", "spoils is yes or no, not 'perhaps'"),
        ("small,x,milk,2026-04-02,2026-04-01,yes", "it ends before it begins"),
        ("small,x", "line 2"),
    ],
)
def test_a_wrong_label_is_named_with_its_line(line: str, said: str, recording: Path, tmp_path: Path) -> None:
    told = replayed(recording, "--labels", labels(tmp_path, line))
    assert told.exit_code == 1
    assert "labels.csv, line 2" in told.output
    assert said in told.output


def test_an_evaluation_that_is_ended_leaves_no_process_behind() -> None:
    program = "from coldchain_app.cli import cli; cli()"
    command = [sys.executable, "-c", program, "rules", "replay", "--simulate", "--units", "2", "--days", "60"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as ended:
        children = Path(f"/proc/{ended.pid}/task/{ended.pid}/children")
        eventually(lambda: len(children.read_text().split()) >= 3, what="its processes")
        started = children.read_text().split()
        ended.send_signal(signal.SIGTERM)
        assert ended.wait(timeout=60) == 128 + signal.SIGTERM
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), what="its processes' end")
