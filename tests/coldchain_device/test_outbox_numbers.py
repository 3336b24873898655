"""Which numbers an outbox holds and which wait in it: what a status and an answer tell the server."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outbox, Sample

NOON = 1_772_539_200_000
NUMBERS = st.frozensets(st.integers(1, 30)).map(Sequences.of)


def taken(number: int, *, trusted: bool = True) -> Sample:
    stamp = Stamp(boot_id="b", uptime_ms=number * 1000, wall_ms=NOON + number, trusted=trusted)
    return Sample(probe=urn_of_kernel_name("28-000000000001"), value=4.0, quality=Quality.OK, stamp=stamp)


@settings(max_examples=40)
@given(confirmed=NUMBERS, pruned=NUMBERS, asked=NUMBERS)
def test_what_waits_and_what_is_held_are_told_by_number(
    tmp_path_factory: pytest.TempPathFactory, confirmed: Sequences, pruned: Sequences, asked: Sequences
) -> None:
    outbox = Outbox(tmp_path_factory.mktemp("card") / "outbox.sqlite")
    outbox.add([taken(number) for number in range(1, 21)])
    all_of_them = Sequences.span(1, 20)
    gone = pruned & Sequences.span(1, 19)  # the highest stays, so that its number is not given again
    outbox.confirm(gone, now_ms=NOON)
    outbox.make_room(len(gone))
    outbox.confirm(confirmed, now_ms=NOON)
    assert outbox.waiting() == all_of_them - gone - confirmed
    assert outbox.held(asked) == asked & (all_of_them - gone)
    outbox.close()


def test_readings_whose_time_is_not_known_wait_and_are_held(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.add([taken(1, trusted=False), taken(2, trusted=False)])
    assert (outbox.waiting(), outbox.held(Sequences.span(1, 9))) == (Sequences.span(1, 2), Sequences.span(1, 2))
    outbox.close()
