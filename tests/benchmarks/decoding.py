"""Decoding and checking packs, against JSON that is only parsed, and against the same values built unchecked."""

import json
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.figure import Amount, Figure, expect
from benchmarks.large_fleet import ENROLLED_MS, packs
from benchmarks.scale import Scale
from benchmarks.spending import Spent, in_turns, spent
from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.pack import Pack, decode_pack, encode_pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences


def measure(scale: Scale, _folder: Path) -> Iterator[Figure]:
    """Yield CPU microseconds a reading, for full packs and for single readings."""
    for readings, words in ((60, "a pack of 60"), (1, "a single reading")):
        pack = next(packs(0, count=1, readings=readings, from_ms=ENROLLED_MS))
        payload = encode_pack(pack)
        expect(f"values of {words} that decode", found=int(decode_pack(payload) == _built(payload) == pack), expected=1)
        times = scale.decodings * 60 // readings
        ours, parsed, built = (
            Amount(one.cpu_s * 1e6 / times / readings, "µs")
            for one in in_turns(
                *(partial(_often, partial(read, payload), times=times) for read in (decode_pack, _parsed, _built)),
                runs=scale.runs,
            )
        )
        name = f"decoding and checking {words}, CPU a reading"
        yield Figure(name=name, ours=ours, rival=parsed, against="json.loads alone, nothing checked or built")
        yield Figure(name=name, ours=ours, rival=built, against="json.loads and the same values, unchecked")


def _often(read: Callable[[], object], *, times: int) -> Spent:
    def repeatedly() -> None:
        for _ in range(times):
            read()

    return spent(repeatedly)


def _parsed(payload: bytes) -> Any:
    return json.loads(zlib.decompress(payload) if payload[:1] == b"\x78" else payload)


def _built(payload: bytes) -> Pack:
    """Build what `decode_pack` gives for a good pack, believing every byte."""
    head, *records = _parsed(payload)
    first, _, last = head["vs"].partition("-")
    base_name, base_time = records[0]["bn"], head["bt"]
    readings = tuple(
        Reading(
            probe=ProbeUrn(base_name + one["n"]),
            at_ms=round((base_time + one.get("t", 0)) * 1000),
            value=one["v"],
        )
        for one in records
    )
    return Pack(outbox=UUID(head["n"]), sequences=Sequences.span(int(first), int(last or first)), readings=readings)
