"""Each benchmark runs, at a size too small to say anything about speed."""

import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import structlog

from benchmarks import __main__ as benchmarks
from benchmarks import losses, process_tree, singles, stream
from benchmarks.figure import Amount, Figure, WrongCount, expect, table
from benchmarks.flood import flooded, packets
from benchmarks.ingesters.ingester import Ingester, Places
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import large_fleet
from benchmarks.page import PAGE, with_figures
from benchmarks.scale import TINY
from benchmarks.spending import Spent, median, quantile
from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto
from servers.process import eventually
from servers.speaker import Speaker

_HOT = Figure(name="hot", ours=Amount(1.5, "ms"), rival=Amount(0.5, "ms"), against="a limit", note="said below")

_LONG = msgspec.structs.replace(_HOT, name="long")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


_FROM_ELSEWHERE = {"singles", "losses"}  # their rivals are installed from registries, which no quick test does


_EACH = [
    pytest.param(name, marks=[pytest.mark.soak] if name in _FROM_ELSEWHERE else []) for name in benchmarks.BENCHMARKS
]


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder that is not in memory, where nothing would be written to a disk, and that counted."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("name", _EACH)
def test_a_benchmark_gives_figures_at_any_size(name: str, on_disk: Path) -> None:
    figures = list(benchmarks.BENCHMARKS[name](TINY, on_disk))
    assert figures
    assert all(one.against for one in figures)
    assert all(one.ours.value > 0 and one.rival.value > 0 for one in figures if one.ours.unit != "readings")


def test_the_table_shows_both_amounts_their_ratio_and_what_is_better() -> None:
    shown = table([_HOT])
    assert "| hot | 1.50 ms | 0.50 ms: a limit | 3 | lower |" in shown
    assert shown.endswith("- hot: said below")


@pytest.mark.parametrize(
    ("loses", "why"),
    [
        (lambda: expect("readings stored", found=59, expected=60), "readings stored: 59 found, 60 expected"),
        (lambda: eventually(lambda: False, within=0, what="the backlog did not drain"), "the backlog did not drain"),
    ],
    ids=["a wrong count", "nothing arrives"],
)
def test_a_loss_is_said_and_no_figure_of_it_shown(
    loses: Callable[[], None], why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(*_: object) -> Iterator[Figure]:
        yield _HOT
        loses()

    kept = msgspec.structs.replace(_HOT, name="kept")
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {"loses": measured, "keeps": lambda *_: iter([kept])})
    monkeypatch.setattr(benchmarks, "PAGE", Path("nobody writes here"))
    assert benchmarks.main(["--page"]) == 1
    said = capsys.readouterr()
    assert (why in said.err, "wrong: loses: " in said.err) == (True, True)
    assert ("| hot |" in said.out, "| kept |" in said.out) == (False, True)


def test_a_program_that_is_not_installed_leaves_one_benchmark_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def needs_more(*_: object) -> Iterator[Figure]:
        pytest.skip("influxd is not installed (Debian package influxdb)")
        yield _HOT

    monkeypatch.setattr(benchmarks, "BENCHMARKS", {"needs": needs_more, "hot": lambda *_: iter([_HOT])})
    assert benchmarks.main([]) == 0
    said = capsys.readouterr().out
    assert "Not measured: needs: influxd is not installed" in said
    assert "| hot |" in said


def test_the_long_ones_are_left_out_and_said_unless_named_or_for_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    shutil.copy(PAGE, page)
    monkeypatch.setattr(benchmarks, "PAGE", page)
    monkeypatch.setattr(benchmarks, "BENCHMARKS", {"hot": lambda *_: iter([_HOT]), "load": lambda *_: iter([_LONG])})
    assert benchmarks.main([]) == 0
    said = capsys.readouterr()
    assert ("| long |" in said.out, "left out: load (ten minutes: make bench-load)" in said.err) == (False, True)
    assert page.read_text() == PAGE.read_text()
    assert benchmarks.main(["load"]) == benchmarks.main(["--page"]) == 0
    assert capsys.readouterr().out.count("| long |") == 2
    written = page.read_text()
    assert ("| hot |" in written, "| long |" in written, written.count("| figure |")) == (True, True, 1)
    assert benchmarks.main(["--page"]) == 0
    assert page.read_text().count("\n") == written.count("\n")


def test_the_page_names_every_benchmark() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in benchmarks.BENCHMARKS if f"`{name}`" not in page] == []


def test_a_page_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="no <!-- figures"):
        with_figures("# Benchmarks\n", "| figure |")


def test_a_benchmark_nobody_knows_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmarks.main(["speed"]) == 2
    assert "no benchmark speed; there are decoding" in capsys.readouterr().err


def test_counts_that_agree_pass_and_others_are_named() -> None:
    expect("readings", found=2, expected=2)
    with pytest.raises(WrongCount, match="readings: 1 found, 2 expected"):
        expect("readings", found=1, expected=2)


def test_medians_are_taken_of_each_cost_alone() -> None:
    runs = [Spent(wall_s=wall, cpu_s=cpu) for wall, cpu in ((1, 9), (2, 7), (9, 8))]
    assert median(runs) == Spent(wall_s=2, cpu_s=8)
    assert quantile(range(1, 101), 0.99) == 99


def test_ours_beside_another_in_processes_of_their_own_is_counted_in_influxdb(tmp_path: Path) -> None:
    def another(places: Places) -> Ingester:
        return ours(places, fleet=large_fleet(stream.DEVICES, from_ms=0), enrolled_ms=0)

    figures = list(singles.beside(another, "ours once more", TINY, tmp_path))
    assert [one.ours.unit for one in figures] == ["readings/s", "s"]
    assert f"of {TINY.rival_messages} readings none is missing, of the rival's 0" in figures[0].note


def test_what_is_missing_after_a_kill_is_counted_for_each(tmp_path: Path, influxdb: Influxdb) -> None:
    def knows_25_devices(places: Places) -> Ingester:
        return ours(places, fleet=large_fleet(25, from_ms=0), enrolled_ms=0)

    killed = [one for one in losses.TROUBLES if "killed" in one.words]
    (figure,) = losses.beside({"who knows 25 devices": knows_25_devices}, TINY, tmp_path, influxdb, troubles=killed)
    assert figure.name == "lost of 40 readings at 20 a second, ingester killed, begun anew after 0 s"
    assert (figure.ours.value, figure.rival.value) == (0, 15)


def test_a_rate_is_of_the_batches_between_the_first_and_the_last_where_there_are_enough() -> None:
    slow_start_and_end = [(0.0, 0), (9.0, 100), (10.0, 200), (11.0, 300), (99.0, 301)]
    assert stream.steady_rate(slow_start_and_end) == 100
    assert stream.steady_rate([(0.0, 5), (2.0, 25)]) == 10
    assert stream.steady_rate([(0.0, 5)]) == 0


def test_packets_are_what_a_broker_takes(mosquitto: Mosquitto) -> None:
    long = bytes(200)
    messages = [("some/where", b"x"), ("some/where", long), ("else/where", bytes(20_000))]
    with Speaker(mosquitto) as listener:
        listener.subscribe("+/where")
        with flooded(mosquitto.port, b"".join(packets(messages)), count=3):
            assert [listener.hears() for _ in messages] == messages


def test_what_a_process_and_its_children_spend_is_counted_by_thread() -> None:
    works = "sum(range(3_000_000)); open('/proc/thread-self/comm', 'w').write('works'); sys.stdin.read()"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {'import sys; ' + works!r}])",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        eventually(lambda: process_tree.cpu_s_by_thread(process.pid)["works"] > 0)
        by_thread = process_tree.cpu_s_by_thread(process.pid)
        assert by_thread["works"] < by_thread.total() <= process_tree.cpu_s(process.pid)
        assert len(process_tree.tree(process.pid)) == 2
        assert process_tree.peak_mib(process.pid) > 1
