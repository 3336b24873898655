"""The example files of every message: what both sides agree on, read and written again."""

import zlib
from pathlib import Path

import msgspec
import pytest

from coldchain_contract.compression import expand
from coldchain_contract.messages import (
    Answer,
    Config,
    LocalAlarm,
    MilkTold,
    Request,
    Status,
    Stored,
    decode_message,
    encode_message,
)
from coldchain_contract.pack import LARGEST_EXPANDED_BYTES, decode_pack, encode_pack
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind

EXAMPLES = Path(__file__).parent / "examples"
MESSAGES: dict[Kind, type[msgspec.Struct]] = {
    Kind.STATUS: Status,
    Kind.ALARM: LocalAlarm,
    Kind.ANSWER: Answer,
    Kind.MILK: MilkTold,
    Kind.CONFIG: Config,
    Kind.STORED: Stored,
    Kind.REQUEST: Request,
}
PACKS = (Kind.LIVE, Kind.BACKFILL)


def kind_of(file: Path) -> Kind:
    return Kind(file.name.split(".")[0])


def files(*kinds: Kind) -> list[Path]:
    return [file for file in sorted(EXAMPLES.iterdir()) if kind_of(file) in kinds]


def test_there_is_an_example_of_every_kind() -> None:
    assert {kind_of(file) for file in EXAMPLES.iterdir()} == set(Kind)
    assert set(MESSAGES) | set(PACKS) == set(Kind)


@pytest.mark.parametrize("file", files(*MESSAGES), ids=lambda file: file.name)
def test_a_message_is_written_as_its_example(file: Path) -> None:
    message = decode_message(file.read_bytes(), MESSAGES[kind_of(file)])
    assert msgspec.json.format(encode_message(message), indent=2) + b"\n" == file.read_bytes()


@pytest.mark.parametrize(
    "file", [file for file in files(*PACKS) if "foreign" not in file.name], ids=lambda file: file.name
)
def test_a_pack_is_written_as_its_example(file: Path) -> None:
    payload = file.read_bytes().removesuffix(b"\n") if file.suffix == ".json" else file.read_bytes()
    pack = decode_pack(payload) if len(payload) < 2**14 else decode_pack(zlib.compress(payload))
    # Two builds of zlib may compress alike text differently; what it expands to is the same everywhere.
    written = expand(encode_pack(pack), limit=LARGEST_EXPANDED_BYTES)
    assert written == expand(payload, limit=LARGEST_EXPANDED_BYTES)


def test_the_live_example_says_what_it_says() -> None:
    pack = decode_pack((EXAMPLES / "live.json").read_bytes())
    assert pack.sequences == Sequences.span(1041, 1044)
    assert [(reading.at_ms, reading.value, reading.quality) for reading in pack.readings] == [
        (1_793_000_000_000, 4.0625, Quality.OK),
        (1_793_000_000_812, 3.5, Quality.OK),
        (1_793_000_060_000, 4.125, Quality.OK),
        (1_793_000_060_812, None, Quality.POR85),
    ]
    assert pack.uncertainty_ms == 0


def test_a_bounded_pack_says_how_far_off_it_may_be() -> None:
    assert decode_pack((EXAMPLES / "live.bounded.json").read_bytes()).uncertainty_ms == 2500


def test_an_undated_pack_says_how_long_before_its_sending_each_reading_was_taken() -> None:
    pack = decode_pack((EXAMPLES / "live.undated.json").read_bytes())
    assert pack.relative
    assert [reading.at_ms for reading in pack.readings] == [-60_800, 0]


def test_the_compressed_example_is_the_plain_one() -> None:
    compressed, text = (EXAMPLES / "backfill.zlib").read_bytes(), (EXAMPLES / "backfill.json").read_bytes()
    assert zlib.decompress(compressed) == text.removesuffix(b"\n")
    assert len(decode_pack(compressed).readings) == 240


def test_a_foreign_spelling_is_read_all_the_same() -> None:
    pack = decode_pack((EXAMPLES / "live.foreign.json").read_bytes())
    assert [(reading.at_ms, reading.value) for reading in pack.readings] == [
        (1_793_000_000_000, 4.0625),
        (1_793_000_060_081, None),
    ]


def test_a_last_will_says_offline_and_nothing_else() -> None:
    will = decode_message((EXAMPLES / "status.last-will.json").read_bytes(), Status)
    assert will == Status(at_ms=will.at_ms, online=False)
