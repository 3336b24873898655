"""The real w1thermsensor reads the tree as it would the kernel's, and no reading of it goes unseen."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inotify_simple import INotify, flags
from w1thermsensor import Sensor, W1ThermSensor
from w1thermsensor.errors import NoSensorFoundError, ResetValueError, SensorNotReadyError

from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn
from coldchain_simulator.faults import ProbeFaultKind
from coldchain_simulator.names import probe_of
from coldchain_simulator.reads import ReadWatch
from coldchain_simulator.w1_text import Shown, shown_fault, shown_value
from coldchain_simulator.w1tree import W1Tree

PROBE = probe_of("a probe")
OTHER = probe_of("another probe")


class Seen(list[tuple[ProbeUrn, Shown]]):
    """What the watch reported."""

    def take(self, probe: ProbeUrn, shown: Shown) -> None:
        self.append((probe, shown))


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def watch(seen: Seen) -> Iterator[ReadWatch]:
    watch = ReadWatch(seen.take)
    watch.start()
    yield watch
    watch.close()


@pytest.fixture
def tree(tmp_path: Path, watch: ReadWatch, monkeypatch: pytest.MonkeyPatch) -> W1Tree:
    tree = W1Tree(tmp_path / "w1", staging=tmp_path / "staging", witness=watch)
    monkeypatch.setattr(W1ThermSensor, "BASE_DIRECTORY", tree.base)
    return tree


def sensor(probe: ProbeUrn) -> W1ThermSensor:
    return W1ThermSensor(Sensor.DS18B20, kernel_name_of_urn(probe).removeprefix("28-"))


def failing(kind: ProbeFaultKind) -> Shown:
    return shown_fault(kind, celsius=4.0, last_good_celsius=3.5)


@pytest.mark.parametrize("celsius", [4.5625, -18.875, 0.0625, 0.0, -0.0625, 84.9375, -55.0, 125.0, -67.125])
def test_the_library_reads_the_temperature_that_is_shown(tree: W1Tree, celsius: float) -> None:
    tree.show(PROBE, shown_value(celsius))
    assert sensor(PROBE).get_temperature() == celsius


def test_the_library_finds_the_probes_that_are_on_the_bus_and_their_resolution(tree: W1Tree) -> None:
    for probe in (PROBE, OTHER):
        tree.show(probe, shown_value(4.0))
    found = {f"28-{each.id}" for each in W1ThermSensor.get_available_sensors()}
    assert found == {kernel_name_of_urn(PROBE), kernel_name_of_urn(OTHER)}
    assert sensor(PROBE).get_resolution() == 12


@pytest.mark.parametrize(
    ("kind", "documented"),
    [
        (ProbeFaultKind.CRC, SensorNotReadyError),
        (ProbeFaultKind.EMPTY, SensorNotReadyError),
        (ProbeFaultKind.DISCONNECTED, SensorNotReadyError),
        (ProbeFaultKind.ZERO, SensorNotReadyError),
        (ProbeFaultKind.POR85, ResetValueError),
    ],
)
def test_a_failing_probe_raises_what_the_library_documents(
    tree: W1Tree, kind: ProbeFaultKind, documented: type[Exception]
) -> None:
    tree.show(PROBE, shown_value(3.5))
    reader = sensor(PROBE)
    tree.show(PROBE, failing(kind))
    with pytest.raises(documented):
        reader.get_temperature()
    tree.show(PROBE, shown_value(4.0))
    assert reader.get_temperature() == 4.0


def test_too_little_power_is_a_number_to_the_library(tree: W1Tree) -> None:
    tree.show(PROBE, failing(ProbeFaultKind.PWR127))
    assert sensor(PROBE).get_temperature() == 127.9375


def test_a_probe_that_vanished_is_not_found_until_it_is_back(tree: W1Tree) -> None:
    tree.show(PROBE, shown_value(3.5))
    reader = sensor(PROBE)
    tree.vanish(PROBE)
    tree.vanish(PROBE)
    assert W1ThermSensor.get_available_sensors() == []
    with pytest.raises(NoSensorFoundError):
        reader.get_temperature()
    tree.show(PROBE, shown_value(3.5))
    assert reader.get_temperature() == 3.5


def test_a_tree_takes_over_the_folder_of_an_earlier_run(tree: W1Tree, tmp_path: Path) -> None:
    tree.show(PROBE, shown_value(3.5))
    W1Tree(tmp_path / "w1", staging=tmp_path / "staging-2").show(PROBE, shown_value(7.0))
    assert sensor(PROBE).get_temperature() == 7.0


def test_nothing_is_left_behind_in_staging(tree: W1Tree, tmp_path: Path) -> None:
    for celsius in (1.0, 2.0, 2.0, 3.0):
        tree.show(PROBE, shown_value(celsius))
    tree.vanish(PROBE)
    tree.show(PROBE, shown_value(4.0))
    assert list((tmp_path / "staging").iterdir()) == []


def test_a_text_that_is_on_show_already_is_not_written_again(tree: W1Tree) -> None:
    slave = tree.base / kernel_name_of_urn(PROBE) / "w1_slave"
    tree.show(PROBE, shown_value(4.0))
    before = slave.stat().st_ino
    tree.show(PROBE, shown_value(4.01))
    assert slave.stat().st_ino == before


def test_a_probe_joins_the_bus_whole_and_leaves_it_whole(tree: W1Tree) -> None:
    with INotify() as bus:
        bus.add_watch(tree.base, flags.CREATE | flags.DELETE | flags.MOVED_TO | flags.MOVED_FROM)
        tree.show(PROBE, shown_value(4.0))
        tree.vanish(PROBE)
        events = [event.mask & ~flags.ISDIR for event in bus.read(timeout=0)]
    assert events == [flags.MOVED_TO, flags.MOVED_FROM]


def test_files_that_are_gone_are_watched_no_longer(tree: W1Tree, watch: ReadWatch) -> None:
    for probe in (PROBE, OTHER):
        for sixteenths in range(100):
            tree.show(probe, shown_value(sixteenths / 16))
    tree.vanish(OTHER)
    watch.drain()
    assert watch.watching == 1


def test_a_watch_that_was_never_started_tells_all_when_it_is_closed(tmp_path: Path, seen: Seen) -> None:
    watch = ReadWatch(seen.take)
    tree = W1Tree(tmp_path / "w1", staging=tmp_path / "staging", witness=watch)
    tree.show(PROBE, shown_value(4.0))
    (tree.base / kernel_name_of_urn(PROBE) / "w1_slave").read_text()
    assert seen == []
    watch.close()
    assert [shown.celsius for _, shown in seen] == [4.0]


def rewriting(tree: W1Tree, probe: ProbeUrn) -> tuple[Callable[[], int], Callable[[], None]]:
    """Rewrite a probe as fast as can be in another thread; return how often it did, and how to stop it."""
    ended, count = threading.Event(), 0

    def rewrite() -> None:
        nonlocal count
        while not ended.is_set():
            count += 1
            tree.show(probe, shown_value(count % 1300 / 16))

    thread = threading.Thread(target=rewrite)
    thread.start()

    def stop() -> None:
        ended.set()
        thread.join()

    return (lambda: count), stop


def test_thousands_of_readings_during_rewriting_are_seen_each_once_with_what_it_found(
    tree: W1Tree, seen: Seen, watch: ReadWatch
) -> None:
    tree.show(PROBE, shown_value(1.0))
    reader, found = sensor(PROBE), list[float]()
    rewritten, stop = rewriting(tree, PROBE)
    while len(found) < 5000 or rewritten() < 200:
        found.append(reader.get_temperature())
    stop()
    watch.drain()
    assert [shown.celsius for _, shown in seen] == found
    assert not watch.lost


def test_readers_of_different_probes_at_once_are_all_seen(tree: W1Tree, seen: Seen, watch: ReadWatch) -> None:
    probes = [probe_of(f"probe {number}") for number in range(4)]
    for probe in probes:
        tree.show(probe, shown_value(1.0))

    def read_many(probe: ProbeUrn) -> None:
        reader = sensor(probe)
        for _ in range(500):
            reader.get_temperature()

    threads = [threading.Thread(target=read_many, args=(probe,)) for probe in probes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watch.drain()
    assert [sum(probe == which for probe, _ in seen) for which in probes] == [500] * 4


def test_faults_are_seen_as_faults_and_looking_without_reading_is_not_seen(
    tree: W1Tree, seen: Seen, watch: ReadWatch
) -> None:
    tree.show(PROBE, failing(ProbeFaultKind.CRC))
    assert sensor(PROBE).exists()
    assert W1ThermSensor.get_available_sensors()
    with pytest.raises(SensorNotReadyError):
        sensor(PROBE).get_temperature()
    tree.show(PROBE, failing(ProbeFaultKind.EMPTY))
    with pytest.raises(SensorNotReadyError):
        sensor(PROBE).get_temperature()
    watch.drain()
    assert [shown.fault for _, shown in seen] == [ProbeFaultKind.CRC, ProbeFaultKind.EMPTY]


def test_a_reading_begun_before_the_next_text_came_is_seen_with_the_old_text(
    tree: W1Tree, seen: Seen, watch: ReadWatch
) -> None:
    tree.show(PROBE, shown_value(1.0))
    with (tree.base / kernel_name_of_urn(PROBE) / "w1_slave").open() as begun:
        tree.show(PROBE, shown_value(2.0))
        assert "t=1000" in begun.read()
    watch.drain()
    assert [shown.celsius for _, shown in seen] == [1.0]


def test_a_reader_finds_a_whole_text_or_none_while_probes_come_and_go(tree: W1Tree) -> None:
    tree.show(PROBE, shown_value(1.0))
    slave = tree.base / kernel_name_of_urn(PROBE) / "w1_slave"
    ended = threading.Event()

    def flicker() -> None:
        while not ended.is_set():
            tree.vanish(PROBE)
            tree.show(PROBE, shown_value(1.0))

    thread = threading.Thread(target=flicker)
    thread.start()
    whole = shown_value(1.0).text
    for _ in range(2000):
        try:
            assert slave.read_text() == whole
        except FileNotFoundError:
            continue
    ended.set()
    thread.join()
