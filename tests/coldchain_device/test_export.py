"""The commands `outbox` and `export` as a technician runs them: beside the agent, onto a USB key, of a damaged card."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldchain_contract.bundle import UNSIGNED, Bundle
from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name
from coldchain_contract.pack import decode_pack
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_contract.sheet import SheetRow, read_sheet
from coldchain_device.clock import Stamp
from coldchain_device.commands.cli import cli
from coldchain_device.outbox import Kept, Outbox, Outboxes, Sample

KEY = bytes(range(32))
MILK, AIR = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000002")
NOON, MINUTE, DAY = 1_772_539_200_000, 60_000, 86_400_000  # 2026-03-03T12:00Z


class Card:
    """A Pi's card with its device.toml, and a USB key beside it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.key = folder / "data", folder / "key"
        self.key.mkdir()
        self.toml = folder / "device.toml"
        self.write(f'signing_key = "{KEY.hex()}"')
        self.outboxes = Outboxes(self.data / "outbox.sqlite", reserve_bytes=0)

    def write(self, more: str) -> None:
        self.toml.write_text(f'site = "menaka"\ndevice = "menaka-pi"\ndata_folder = "{self.data}"\n{more}\n')

    def sample(self, minutes: range, *, trusted: bool = True, boot: str = "one") -> None:
        for minute in minutes:
            stamp = Stamp(boot_id=boot, uptime_ms=minute * MINUTE, wall_ms=NOON + minute * MINUTE, trusted=trusted)
            self.outboxes.live.add([sample(MILK, 4.0625, stamp), sample(AIR, None, stamp)])

    def run(self, *arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["--config", str(self.toml), *arguments], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    def export(self, *arguments: str, code: int = 0) -> str:
        return self.run("export", str(self.key), *arguments, code=code)

    def on_key(self) -> list[str]:
        return sorted(file.name for file in self.key.iterdir())

    def only_file(self) -> Path:
        (file,) = self.key.iterdir()
        return file


def sample(probe: ProbeUrn, value: float | None, stamp: Stamp) -> Sample:
    return Sample(probe=probe, value=value, quality=Quality.OK if value else Quality.CRC, stamp=stamp)


def carried(file: Path, key: bytes = KEY) -> dict[str, dict[int, Kept]]:
    """Return the readings of a bundle by outbox and number; fails where anything is wrong with it."""
    found: dict[str, dict[int, Kept]] = {}
    with file.open("rb") as stream:
        bundle = Bundle(stream)
        for part in bundle.parts(key):
            assert not part.wrong
            pack = decode_pack(part.payload)
            for number, reading in zip(pack.sequences, pack.readings, strict=True):
                kept = Kept(sequence=number, reading=reading, uncertainty_ms=pack.uncertainty_ms)
                found.setdefault(str(pack.outbox), {})[number] = kept
        assert bundle.manifest.readings == sum(map(len, found.values()))
        for one in bundle.manifest.outboxes:
            assert Sequences.of(found.get(one.outbox, ())) == (
                Sequences.parse(one.sequences) if one.sequences else Sequences()
            )
    return found


def on_card(outbox: Outbox) -> dict[int, Kept]:
    return {kept.sequence: kept for kept in outbox.readings(Sequences.span(1, 10_000))}


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    made = Card(tmp_path)
    yield made
    made.outboxes.close()


def test_all_on_the_card_goes_onto_the_key_signed_while_the_agent_has_it_open(card: Card) -> None:
    card.sample(range(500))
    card.outboxes.live.confirm(Sequences.span(1, 600), now_ms=NOON)
    said = card.export()
    assert "1000 readings" in said
    assert carried(card.only_file()) == {str(card.outboxes.live.id): on_card(card.outboxes.live)}
    assert card.only_file().name.startswith("menaka-pi-20260303-20260303-")
    assert card.only_file().suffix == ".coldchain"


def test_doing_it_again_writes_nothing_and_new_readings_go_into_another_file(card: Card) -> None:
    card.sample(range(10))
    card.export()
    before = card.only_file().stat().st_mtime_ns
    assert "there already" in card.export()
    assert card.only_file().stat().st_mtime_ns == before
    card.sample(range(10, 20))
    assert "there already" not in card.export()
    assert len(card.on_key()) == 2


def test_what_only_waits_or_lies_between_two_dates_is_taken_where_that_is_asked_for(card: Card) -> None:
    card.sample(range(0, 3 * 1440, 60))
    card.outboxes.live.confirm(Sequences.span(1, 20), now_ms=NOON)
    live = card.outboxes.live
    card.export("--unconfirmed")
    assert set(carried(card.only_file())[str(live.id)]) == set(live.waiting())
    card.only_file().unlink()
    card.export("--from", "2026-03-04", "--until", "2026-03-04")
    days = {kept.reading.at_ms for kept in carried(card.only_file())[str(live.id)].values()}
    assert (min(days), max(days)) == (NOON + 12 * 60 * MINUTE, NOON + 35 * 60 * MINUTE)
    card.only_file().unlink()
    card.export("--from", "2026-03-03T13:00", "--until", "2026-03-03T15:00")
    assert len(carried(card.only_file())[str(live.id)]) == 4


def test_something_else_under_the_same_name_is_never_overwritten(card: Card) -> None:
    card.sample(range(10))
    card.export()
    file = card.only_file()
    content = bytearray(file.read_bytes())
    content[-60] ^= 1
    file.write_bytes(content)
    assert "is there already and is damaged, or something else" in card.export(code=1)
    assert file.read_bytes() == bytes(content)


def test_a_sheet_has_every_reading_and_is_written_once(card: Card) -> None:
    card.sample(range(50))
    said = card.export("--csv")
    assert "100 readings" in said
    with card.only_file().open(encoding="utf-8", newline="") as lines:
        rows = list(read_sheet(lines))
    assert {row.sequence: row.reading for row in rows if isinstance(row, SheetRow)} == {
        number: kept.reading for number, kept in on_card(card.outboxes.live).items()
    }
    assert "there already" in card.export("--csv")
    card.only_file().write_text("notes of the technician\n")
    assert "something else" in card.export("--csv", code=1)
    assert card.only_file().read_text() == "notes of the technician\n"


def test_readings_without_a_time_are_counted_and_stay(card: Card) -> None:
    card.sample(range(5))
    card.sample(range(5, 8), trusted=False, boot="two")
    assert json.loads(card.export("--json")) == {
        "file": str(card.only_file()),
        "readings": 10,
        "undated": 6,
        "left_out": 0,
        "lost": {},
        "already": False,
    }
    assert "6 readings have no time yet" in card.export()


def test_with_nothing_to_take_away_nothing_is_written(card: Card) -> None:
    assert "nothing to take away" in card.export(code=1)
    card.sample(range(5))
    assert "nothing to take away" in card.export("--from", "2027-01-01", code=1)
    assert card.on_key() == []


def test_without_a_signing_key_it_says_so_and_unsigned_is_asked_for_by_name(card: Card) -> None:
    card.sample(range(5))
    card.write("")
    assert "has no signing_key" in card.export(code=1)
    card.write('signing_key = "not hex"')
    assert "not in hex" in card.export(code=1)
    card.export("--unsigned")
    assert len(carried(card.only_file(), UNSIGNED)[str(card.outboxes.live.id)]) == 10


def test_a_key_that_is_not_there_is_named(card: Card) -> None:
    card.sample(range(5))
    assert "is the USB key mounted" in card.run("export", str(card.key / "not-mounted"), code=1)


def test_a_key_that_takes_nothing_is_named(card: Card) -> None:
    card.sample(range(5))
    card.key.rmdir()
    card.key.symlink_to("/proc/self/fdinfo")  # where nobody can write a file, not even root
    said = card.export(code=1)
    assert "cannot be written" in said or "bytes free" in said
    assert "another USB key" in said or "make room" in said


def test_what_was_salvaged_goes_along_with_what_is_lost_of_it(card: Card) -> None:
    card.sample(range(300))
    damaged = card.outboxes.live.id
    card.outboxes.close()
    with (card.data / "outbox.sqlite").open("r+b") as stream:
        stream.truncate(20_000)
    card.outboxes = Outboxes(card.data / "outbox.sqlite", reserve_bytes=0)
    card.outboxes.salvage()
    card.sample(range(300, 310))
    said = card.export()
    found = carried(card.only_file())
    assert set(found) == {str(damaged), str(card.outboxes.live.id)}
    assert f"lost for good, of outbox {damaged}: " in said
    with card.only_file().open("rb") as stream:
        lost = {one.outbox: one.lost for one in Bundle(stream).manifest.outboxes}
    (named,) = (Sequences.parse(lost[str(damaged)]) | Sequences.of(found[str(damaged)])).ranges
    assert named[0] == 1
    assert max(found[str(damaged)]) < named[1] <= 600  # as far as the pages that are left can tell


def test_a_card_in_a_laptop_is_read_whatever_is_damaged_and_stays_as_it_is(card: Card, tmp_path: Path) -> None:
    card.sample(range(300))
    card.sample(range(300, 310), trusted=False, boot="two")
    identity, readings = str(card.outboxes.live.id), on_card(card.outboxes.live)
    card.outboxes.close()
    file = card.data / "outbox.sqlite"
    with file.open("r+b") as stream:
        stream.seek(512 * 3)
        stream.write(b"\x5a" * 512 * 5)
    before = {part.name: part.read_bytes() for part in card.data.iterdir()}
    card.data.rename(tmp_path / "mounted")
    of = str(tmp_path / "mounted" / "outbox.sqlite")
    assert "20 readings have no time yet" in card.export("--file", of)
    found = carried(card.only_file())[identity]
    assert len(found) > 400
    assert {number: readings[number] for number in found} == found
    card.only_file().unlink()
    card.export("--file", of, "--undated")
    dated = [kept for number, kept in carried(card.only_file())[identity].items() if number > 600]
    assert len(dated) == 20
    assert all(abs(one.reading.at_ms - (NOON + 305 * MINUTE)) <= one.uncertainty_ms for one in dated)
    assert {part.name: part.read_bytes() for part in (tmp_path / "mounted").iterdir()} == before


def test_a_file_that_is_not_there_or_holds_nothing_is_named(card: Card, tmp_path: Path) -> None:
    assert "no such file" in card.export("--file", str(tmp_path / "none.sqlite"), code=1)
    (tmp_path / "notes").write_text("no outbox" * 500)
    assert "no reading is left in it" in card.export("--file", str(tmp_path / "notes"), code=1)
    assert "--undated goes with --file" in card.export("--undated", code=2)


def test_outbox_tells_what_waits_since_when_and_what_is_refused(card: Card) -> None:
    card.sample(range(10))
    card.sample(range(10, 12), trusted=False, boot="two")
    live = card.outboxes.live
    live.confirm(Sequences.span(1, 10), now_ms=NOON)
    live.confirm(Sequences.parse("13"), now_ms=NOON, refused="unknown-probe")
    (told,) = json.loads(card.run("outbox", "--json"))["outboxes"]
    assert told == {
        "file": "outbox.sqlite",
        "outbox": str(live.id),
        "bytes": told["bytes"],
        "lowest": 1,
        "highest": 24,
        "waiting": "11-12,14-24",
        "waiting_readings": 13,
        "oldest_waiting_ms": NOON + 5 * MINUTE,
        "undated": 4,
        "stored": 10,
        "refused": {"unknown-probe": "13"},
        "lost": "",
    }
    assert told["bytes"] == sum(part.stat().st_size for part in card.data.glob("outbox.sqlite*"))
    said = card.run("outbox")
    for words in ("waiting: 13", "since 2026-03-03 12:05 UTC", "stored by the server: 10", "unknown-probe: 13"):
        assert words in said


def test_outbox_tells_of_damaged_files_and_what_is_lost(card: Card) -> None:
    card.sample(range(300))
    card.outboxes.close()
    with (card.data / "outbox.sqlite").open("r+b") as stream:
        stream.truncate(20_000)
    card.outboxes = Outboxes(card.data / "outbox.sqlite", reserve_bytes=0)
    assert "outbox.sqlite.damaged-1: damaged" in card.run("outbox")
    card.outboxes.salvage()
    told = json.loads(card.run("outbox", "--json"))
    assert [one["file"] for one in told["outboxes"]] == ["outbox.sqlite", "outbox.sqlite.salvaged-1"]
    assert told["outboxes"][1]["lost"] != ""
    assert told["set_aside"][0]["salvaged"] is True
    assert "lost for good" in card.run("outbox")


def test_on_a_card_the_agent_never_ran_on_both_say_so(card: Card) -> None:
    card.outboxes.close()
    for part in card.data.iterdir():
        part.unlink()
    assert "did the agent ever run here" in card.run("outbox", code=1)
    assert "did the agent ever run here" in card.export(code=1)


def test_reading_beside_the_agent_changes_nothing_and_sees_what_was_just_committed(card: Card) -> None:
    card.sample(range(3))
    assert "waiting: 6" in card.run("outbox")
    card.sample(range(3, 6))
    assert "waiting: 12" in card.run("outbox")
    card.outboxes.live.confirm(Sequences.span(1, 12), now_ms=NOON)
    assert "waiting: 0" in card.run("outbox")
