"""Whatever is damaged of an outbox, what stands on intact pages comes back under its own id and number, and no more."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.errors import NothingSalvaged
from coldchain_device.outbox import Kept, Outbox, Sample
from coldchain_device.outbox.pages import Pages, rows
from coldchain_device.outbox.salvage import Salvaged, salvage
from coldchain_device.outbox.schema import PAGE_BYTES
from coldchain_device.outbox.settled import Fate

NOON, MINUTE, DAY = 1_772_539_200_000, 60_000, 86_400_000
PROBES = (*(urn_of_kernel_name(f"28-{n:012x}") for n in range(1, 4)), ProbeUrn("urn:dev:mac:0024befffe804ff1"))
FAULTS = (Quality.CRC, Quality.GONE)
COLUMNS = "sequence, probe, value, quality, boot, uptime_ms, wall_ms, trusted, at_ms, uncertainty_ms, shifted, checksum"
Row = tuple[object, ...]


class Original:
    """An outbox as it was before anything happened to it: its files, and what each row said."""

    def __init__(self, folder: Path, *, checkpointed: bool) -> None:
        self.file = folder / "original.sqlite"
        outbox = Outbox(self.file)
        self._live_through(outbox)
        if checkpointed:
            outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.id, self.stored = outbox.id, outbox.settled(Fate.STORED, Fate.REFUSED, Fate.GONE)
        self.waiting, self.rows = outbox.waiting(), rows_of(outbox)
        self.copies = {part.name.removeprefix(self.file.name): part.read_bytes() for part in folder.glob("original*")}
        outbox.close()

    def _live_through(self, outbox: Outbox) -> None:
        chance = random.Random(7)
        for minute in range(1, 121):
            boot, trusted = f"boot-{minute // 40}", minute % 40 > 10 or minute < 40
            stamp = Stamp(boot_id=boot, uptime_ms=minute * MINUTE, wall_ms=NOON + minute * MINUTE, trusted=trusted)
            outbox.add([sample(probe, stamp, chance) for probe in PROBES])
            if minute % 20 == 0:
                outbox.confirm(Sequences.span(1, minute * 3), now_ms=NOON + minute * MINUTE)
            if minute == 60:
                outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                outbox.confirm(Sequences.parse("200-210"), now_ms=NOON, refused="unknown-probe")
        self.ever = rows_of(outbox)
        outbox.make_room(100)  # so that there are pages that are free

    def damaged(self, folder: Path, *, change: Callable[[str, bytes], bytes] = lambda _suffix, whole: whole) -> Path:
        """Write the files anew, each as `change` makes it, and nothing else; return the main one."""
        for part in folder.iterdir():
            part.unlink()
        file = folder / "outbox.sqlite.damaged-1"
        for suffix, whole in self.copies.items():
            if suffix != "-shm":
                file.with_name(f"{file.name}{suffix}").write_bytes(change(suffix, whole))
        return file

    def pages(self) -> dict[int, set[int]]:
        """Return the numbers of the rows on each page of the checkpointed file."""
        with self.file.open("rb") as file:
            pages = Pages(file, None, page_bytes=PAGE_BYTES)
            columns = len(COLUMNS.split(","))
            return {
                number: {cell.rowid for cell in rows(number, page) if len(cell.values) == columns}
                for number, page in pages.current()
            }


def sample(probe: ProbeUrn, stamp: Stamp, chance: random.Random) -> Sample:
    if chance.random() < 0.1:
        return Sample(probe=probe, value=None, quality=chance.choice(FAULTS), stamp=stamp)
    return Sample(probe=probe, value=chance.choice([4.0, -0.0, 3.0625, -1.5]), quality=Quality.OK, stamp=stamp)


def cut_at(place: int) -> Callable[[str, bytes], bytes]:
    """Return what cuts the main file, and leaves those beside it."""
    return lambda suffix, whole: whole if suffix else whole[:place]


def rows_of(outbox: Outbox) -> dict[int, Row]:
    return {row[0]: row for row in outbox._connection.execute(f"SELECT {COLUMNS} FROM readings")}  # noqa: S608


def salvaged(file: Path) -> tuple[Salvaged, dict[int, Row], Sequences]:
    """Salvage `file`, and return what was told of it, the rows that came back, and those that wait."""
    into = file.with_name("outbox.sqlite.salvaged-1")
    told = salvage(file, into)
    with closing(Outbox(into)) as outbox:
        assert outbox.id == told.id
        return told, rows_of(outbox), outbox.waiting()


def tried(original: Original, file: Path) -> set[int]:
    """Salvage `file`; check that nothing is invented and nothing unaccounted for; return which rows came back."""
    told, found, waits = salvaged(file)
    assert told.id == original.id
    assert {number: row for number, row in found.items() if original.ever[number] != row} == {}
    held = Sequences.of(found)
    assert not (told.lost & held).ranges
    assert not (waits - held).ranges
    assert not (original.waiting & held - waits).ranges  # what the server did not have still waits
    named = held | told.lost | original.stored
    assert (Sequences.span(1, max(held.ranges[-1][1], 1)) - named).ranges == ()
    return set(found)


@pytest.fixture(scope="module")
def checkpointed(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return Original(tmp_path_factory.mktemp("whole"), checkpointed=True)


@pytest.fixture(scope="module")
def with_log(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return Original(tmp_path_factory.mktemp("with-log"), checkpointed=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all: what is damaged next replaces what was."""
    return tmp_path_factory.mktemp("damaged")


def test_of_an_outbox_that_is_whole_everything_comes_back(with_log: Original, folder: Path) -> None:
    told, found, waits = salvaged(with_log.damaged(folder))
    assert (told.id, told.readings, told.lost) == (with_log.id, len(with_log.rows), Sequences())
    assert found == with_log.rows
    assert waits == with_log.waiting


def test_cut_at_any_page_whatever_is_before_the_cut_comes_back(checkpointed: Original, folder: Path) -> None:
    on_page, whole = checkpointed.pages(), len(checkpointed.copies[""])
    for cut in range(PAGE_BYTES, whole, PAGE_BYTES):
        expected = {number for page, numbers in on_page.items() if page * PAGE_BYTES <= cut for number in numbers}
        file = checkpointed.damaged(folder, change=cut_at(cut))
        if not expected:
            with pytest.raises(NothingSalvaged, match=r"it stays as it is"):
                salvage(file, folder / "salvaged")
        else:
            assert tried(checkpointed, file) >= expected


@settings(max_examples=60)
@given(data=st.data())
def test_cut_at_any_byte_whatever_page_is_whole_comes_back(
    checkpointed: Original, folder: Path, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(checkpointed.copies[""])))
    expected = {n for page, ns in checkpointed.pages().items() if page * PAGE_BYTES <= cut for n in ns}
    file = checkpointed.damaged(folder, change=cut_at(cut))
    if expected:
        assert tried(checkpointed, file) >= expected


@settings(max_examples=80)
@given(data=st.data())
def test_of_damaged_pages_only_what_stood_on_them_is_lost(
    checkpointed: Original, folder: Path, data: st.DataObject
) -> None:
    on_page = checkpointed.pages()
    bad = data.draw(st.sets(st.sampled_from(range(1, len(checkpointed.copies[""]) // PAGE_BYTES + 1)), min_size=1))
    junk = data.draw(st.sampled_from([bytes(PAGE_BYTES), b"\xff" * PAGE_BYTES, random.Random(1).randbytes(PAGE_BYTES)]))

    def change(suffix: str, whole: bytes) -> bytes:
        if suffix:
            return whole
        return b"".join(
            junk if page in bad else whole[(page - 1) * PAGE_BYTES : page * PAGE_BYTES]
            for page in range(1, len(whole) // PAGE_BYTES + 1)
        )

    expected = {number for page, numbers in on_page.items() if page not in bad for number in numbers}
    file = checkpointed.damaged(folder, change=change)
    if expected:
        assert tried(checkpointed, file) == expected


@settings(max_examples=80)
@given(data=st.data())
def test_of_a_cut_log_exactly_what_sqlite_itself_recovers_comes_back(
    with_log: Original, folder: Path, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(with_log.copies["-wal"])))
    file = with_log.damaged(folder, change=lambda suffix, all_: all_[:cut] if suffix == "-wal" else all_)
    found = tried(with_log, file)
    with closing(sqlite3.connect(file)) as connection:
        recovered = {number for (number,) in connection.execute("SELECT sequence FROM readings")}
    assert found == recovered


@settings(max_examples=100)
@given(
    damage=st.lists(
        st.tuples(st.sampled_from(["", "-wal"]), st.floats(0, 1), st.binary(min_size=1, max_size=3000)), max_size=4
    ),
    cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_whatever_happens_to_file_and_log_nothing_is_invented(
    with_log: Original, folder: Path, damage: list[tuple[str, float, bytes]], cut: tuple[float, float]
) -> None:
    def change(suffix: str, whole: bytes) -> bytes:
        if suffix == ".id":
            return whole
        content = bytearray(whole)
        for where, place, junk in damage:
            if where == suffix:
                at = int(place * len(content))
                content[at : at + len(junk)] = junk
        return bytes(content[: int(len(content) * cut[suffix == "-wal"])])

    file = with_log.damaged(folder, change=change)
    try:
        tried(with_log, file)
    except NothingSalvaged:
        return


def test_without_its_file_the_log_alone_gives_what_it_holds(with_log: Original, folder: Path) -> None:
    file = with_log.damaged(folder)
    file.unlink()
    assert len(tried(with_log, file)) > 200


@pytest.mark.parametrize("gone", [".id", "the table"])
def test_the_identity_is_found_in_either_of_its_places(checkpointed: Original, folder: Path, gone: str) -> None:
    def change(suffix: str, whole: bytes) -> bytes:
        return whole.replace(str(checkpointed.id).encode(), b"?" * 36) if not suffix and gone == "the table" else whole

    file = checkpointed.damaged(folder, change=change)
    if gone == ".id":
        file.with_name(f"{file.name}.id").unlink()
    assert tried(checkpointed, file) == set(checkpointed.rows)


def test_without_any_identity_nothing_is_salvaged_under_another(checkpointed: Original, folder: Path) -> None:
    file = checkpointed.damaged(folder, change=lambda _, whole: whole.replace(str(checkpointed.id).encode(), b"?" * 36))
    with pytest.raises(NothingSalvaged, match="identity"):
        salvage(file, folder / "salvaged")
    assert file.exists()
    assert not (folder / "salvaged").exists()


def test_a_reading_of_another_outbox_on_a_page_of_this_one_is_not_taken_for_its_own(
    checkpointed: Original, with_log: Original, folder: Path
) -> None:
    foreign = b"".join(with_log.copies["-wal"][32 + 24 + n * 536 :][:512] for n in range(200))
    file = checkpointed.damaged(folder, change=lambda suffix, whole: whole if suffix else whole + foreign)
    assert tried(checkpointed, file) == set(checkpointed.rows)


def test_a_flipped_bit_of_a_value_is_a_lost_reading_and_no_other_one(checkpointed: Original, folder: Path) -> None:
    needle = bytes.fromhex("4008800000000000")  # 3.0625 as it is written
    file = checkpointed.damaged(
        folder, change=lambda suffix, whole: whole if suffix else whole.replace(needle, b"\x40\x18" + needle[2:])
    )
    found = tried(checkpointed, file)
    assert {number for number, row in checkpointed.rows.items() if row[2] == 3.0625} == set(checkpointed.rows) - found


def test_what_was_salvaged_is_sent_dated_and_confirmed_like_any_other(checkpointed: Original, folder: Path) -> None:
    file = checkpointed.damaged(folder)
    salvage(file, folder / "salvaged")
    with closing(Outbox(folder / "salvaged")) as outbox:
        stamp = Stamp(boot_id="boot-9", uptime_ms=0, wall_ms=NOON + DAY, trusted=True)
        assert outbox.repair(stamp) > 0
        assert not outbox.has_undated()
        waits = outbox.waiting()
        pending: list[Kept] = outbox.pending(10_000)
        assert [one.sequence for one in pending] == list(waits)
        assert outbox.confirm(waits, now_ms=NOON + DAY) == len(waits)
        assert outbox.depth() == 0
