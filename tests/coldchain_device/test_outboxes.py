"""A damaged outbox is salvaged beside the one that was begun anew, drained under its own id, and removed in the end."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outboxes, Sample
from coldchain_device.outbox.schema import PAGE_BYTES
from coldchain_device.outbox.settled import Fate

MILK = urn_of_kernel_name("28-000000000001")
NOON, MINUTE, DAY = 1_772_539_200_000, 60_000, 86_400_000


def stamp(minute: int, *, trusted: bool = True, boot: str = "one") -> Stamp:
    return Stamp(boot_id=boot, uptime_ms=minute * MINUTE, wall_ms=NOON + minute * MINUTE, trusted=trusted)


def sample(minute: int, *, trusted: bool = True) -> Sample:
    return Sample(probe=MILK, value=4.0, quality=Quality.OK, stamp=stamp(minute, trusted=trusted))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], Outboxes]]:
    """Opens the outboxes of one card, as each start of the agent does."""
    all_of_them: list[Outboxes] = []

    def again() -> Outboxes:
        if all_of_them:
            all_of_them[-1].close()
        all_of_them.append(Outboxes(tmp_path / "outbox.sqlite", reserve_bytes=0))
        return all_of_them[-1]

    yield again
    for one in all_of_them:
        one.close()


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm", ".id"))}


def cut(file: Path, share: float) -> None:
    with file.open("r+b") as stream:
        stream.truncate(int(file.stat().st_size * share))


def damaged(opened: Callable[[], Outboxes], folder: Path) -> tuple[str, Outboxes]:
    """Return the id of an outbox of 500 readings, 100 of them stored, and what is there after it was cut in half."""
    first = opened()
    first.live.add([sample(minute) for minute in range(1, 501)])
    first.live.confirm(Sequences.span(1, 100), now_ms=NOON)
    identity = str(first.live.id)
    first.close()
    cut(folder / "outbox.sqlite", 0.6)
    return identity, opened()


def test_what_is_left_is_sent_under_its_own_id_and_what_is_lost_is_named(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    assert [str(one.id) != identity for one in outboxes.all()] == [True]
    assert outboxes.needs_salvage()
    outboxes.salvage()
    assert not outboxes.needs_salvage()
    live, salvaged = outboxes.all()
    assert live is outboxes.live
    assert outboxes.named(identity) is salvaged
    assert salvaged.depth() > 100
    found, lost = salvaged.held(Sequences.span(1, 500)), salvaged.settled(Fate.LOST)
    assert not (found & lost).ranges
    assert [one.sequence for one in salvaged.pending(1000)] == list(salvaged.waiting())


def test_a_start_later_the_salvaged_one_is_there_at_once_with_what_was_confirmed(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    depth = outboxes.all()[1].depth()
    outboxes.all()[1].confirm(Sequences.of([outboxes.all()[1].waiting().ranges[0][0]]), now_ms=NOON)
    again = opened()
    assert not again.needs_salvage()
    salvaged = again.named(identity)
    assert salvaged is not None
    assert salvaged.depth() == depth - 1


def test_once_all_is_stored_the_damaged_file_goes_and_after_ninety_days_the_salvaged_one(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    outboxes.prune(now_ms=NOON + 1000 * DAY, keep_days=90)
    salvaged = outboxes.named(identity)
    assert salvaged is not None
    assert files(tmp_path) == {"outbox.sqlite", "outbox.sqlite.damaged-1", "outbox.sqlite.salvaged-1"}
    salvaged.confirm(salvaged.waiting(), now_ms=NOON + DAY)
    outboxes.prune(now_ms=NOON + 2 * DAY, keep_days=90)
    assert files(tmp_path) == {"outbox.sqlite", "outbox.sqlite.salvaged-1"}
    assert outboxes.named(identity) is not None
    outboxes.prune(now_ms=NOON + 92 * DAY, keep_days=90)
    assert outboxes.all() == (outboxes.live,)
    assert [file.name for file in tmp_path.iterdir() if "damaged" in file.name or "salvaged" in file.name] == []


def test_readings_without_a_time_are_dated_in_every_outbox(opened: Callable[[], Outboxes], tmp_path: Path) -> None:
    first = opened()
    first.live.add([sample(minute, trusted=False) for minute in range(1, 200)])
    first.close()
    cut(tmp_path / "outbox.sqlite", 0.7)
    outboxes = opened()
    outboxes.salvage()
    outboxes.live.add([sample(300, trusted=False)])
    assert outboxes.has_undated()
    assert outboxes.repair(stamp(301)) > 100
    assert not outboxes.has_undated()
    for outbox in outboxes.all():
        for kept in outbox.pending(1000):
            assert (kept.reading.at_ms - NOON) % MINUTE == 0


def test_a_second_damage_is_salvaged_beside_the_first(opened: Callable[[], Outboxes], tmp_path: Path) -> None:
    first, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    second, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    assert {str(one.id) for one in outboxes.all()} == {first, second, str(outboxes.live.id)}


def test_a_salvaged_outbox_that_is_damaged_is_salvaged_again(opened: Callable[[], Outboxes], tmp_path: Path) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    depth = outboxes.all()[1].depth()
    outboxes.close()
    cut(tmp_path / "outbox.sqlite.salvaged-1", 0.5)
    again = opened()
    assert again.named(identity) is None
    again.salvage()
    salvaged = again.named(identity)
    assert salvaged is not None
    assert salvaged.depth() == depth


def test_a_salvaged_outbox_that_is_damaged_in_use_holds_up_nothing(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    outboxes.salvage()
    salvaged = outboxes.all()[1]
    salvaged.damaged = True
    assert outboxes.all() == (outboxes.live,)
    assert outboxes.needs_salvage()
    outboxes.salvage()
    assert outboxes.named(identity) is not None
    assert not outboxes.needs_salvage()


def test_a_file_nothing_can_be_read_of_stays_until_room_is_needed(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    (tmp_path / "outbox.sqlite").write_bytes(b"no outbox at all" * 1000)
    outboxes = opened()
    outboxes.salvage()
    assert outboxes.all() == (outboxes.live,)
    assert not outboxes.needs_salvage()
    outboxes.prune(now_ms=NOON + 1000 * DAY, keep_days=90)
    assert "outbox.sqlite.damaged-1" in files(tmp_path)
    assert "damaged-1" in outboxes.make_room(10, lost_before_ms=None)
    assert files(tmp_path) == {"outbox.sqlite"}


@pytest.mark.parametrize("left", ["an empty file", "no file"])
def test_a_log_without_its_file_is_not_thrown_away(opened: Callable[[], Outboxes], tmp_path: Path, left: str) -> None:
    first = opened()
    first.live.add([sample(minute) for minute in range(1, 50)])
    identity, file = str(first.live.id), tmp_path / "outbox.sqlite"
    log = (tmp_path / "outbox.sqlite-wal").read_bytes()  # as after a power cut: closing would write it back
    first.close()
    (tmp_path / "outbox.sqlite-wal").write_bytes(log)
    file.write_bytes(b"") if left == "an empty file" else file.unlink()
    outboxes = opened()
    outboxes.salvage()
    salvaged = outboxes.named(identity)
    assert salvaged is not None
    assert salvaged.depth() == 49


def test_a_power_cut_while_files_are_set_aside_loses_none_of_them(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    first = opened()
    first.live.add([sample(minute) for minute in range(1, 50)])
    identity, file, log = str(first.live.id), tmp_path / "outbox.sqlite", tmp_path / "outbox.sqlite-wal"
    before, logged = file.read_bytes(), log.read_bytes()
    first.close()  # writes the log back, which a power cut does not
    log.write_bytes(logged)
    file.unlink()
    (tmp_path / "outbox.sqlite.damaged-1").write_bytes(before)  # the first was renamed, the others were not
    outboxes = opened()
    outboxes.salvage()
    salvaged = outboxes.named(identity)
    assert salvaged is not None
    assert salvaged.depth() == 49
    assert "outbox.sqlite.damaged-2" not in files(tmp_path)


def test_salvage_that_was_cut_off_is_begun_anew(opened: Callable[[], Outboxes], tmp_path: Path) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    (tmp_path / "outbox.sqlite.salvaged-1.part").write_bytes(b"half of it" * PAGE_BYTES)
    outboxes.salvage()
    assert outboxes.named(identity) is not None
    assert "outbox.sqlite.salvaged-1.part" not in files(tmp_path)


def test_while_one_thread_salvages_another_leaves_it_alone_and_sampling_goes_on(
    opened: Callable[[], Outboxes], tmp_path: Path
) -> None:
    identity, outboxes = damaged(opened, tmp_path)
    threads = [threading.Thread(target=outboxes.salvage) for _ in range(4)]
    for thread in threads:
        thread.start()
    for minute in range(1, 50):
        outboxes.live.add([sample(minute)])
    for thread in threads:
        thread.join()
    assert outboxes.named(identity) is not None
    assert len(outboxes.all()) == 2
    assert outboxes.live.depth() == 49
