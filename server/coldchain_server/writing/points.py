"""From spooled packs to points, and from the store's refusals back to packs for the quarantine. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from coldchain_contract.errors import ContractError
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.spool.model import Quarantined, Reason, Spooled, quarantined
from coldchain_server.store.points import Block, Points
from coldchain_server.store.protocol import Point, Refusal

Identity = tuple[UUID | None, int]
"""Which reading it is: outbox and sequence."""


def identity(point: Point) -> Identity:
    return point.outbox, point.sequence


def points_of(spooled: Iterable[Spooled]) -> Points:
    """Return the points of packs; an estimated pack has none.

    A reading moved to a free millisecond is uncertain by 1 ms at least.
    """
    return Points(block for pack in spooled if not pack.estimated for block in _blocks(pack))


def _blocks(pack: Spooled) -> Iterator[Block]:
    if not pack.moved.ranges:
        yield Block(pack.outbox, pack.uncertainty_ms, pack.columns)
        return
    numbers = pack.columns.numbers
    moved = [place for place, number in enumerate(numbers) if number in pack.moved]
    unmoved = [place for place, number in enumerate(numbers) if number not in pack.moved]
    yield Block(pack.outbox, pack.uncertainty_ms, pack.columns.only(unmoved))
    yield Block(pack.outbox, max(pack.uncertainty_ms, 1), pack.columns.only(moved))


def set_aside(spooled: Iterable[Spooled], refusals: Sequence[Refusal]) -> Iterator[Quarantined]:
    """Yield one item a pack of which readings were refused: those readings as a pack of their own, fit to try again."""
    reasons = {identity(refusal.point): refusal.reason for refusal in refusals}
    for pack in spooled:
        refused = [number for number in pack.columns.numbers if (pack.outbox, number) in reasons]
        if refused:
            yield _set_aside(pack, Sequences.of(refused), reason=reasons[pack.outbox, refused[0]])


def _set_aside(spooled: Spooled, sequences: Sequences, *, reason: str) -> Quarantined:
    readings = tuple(reading for number, reading in sorted(spooled.readings, key=_number) if number in sequences)
    pack = Pack(outbox=spooled.outbox, sequences=sequences, readings=readings, uncertainty_ms=spooled.uncertainty_ms)
    return quarantined(
        _written_down(pack),
        Reason.REFUSED_BY_STORE,
        topic=str(Topic(spooled.site, spooled.device, Kind.LIVE if spooled.live else Kind.BACKFILL)),
        device=spooled.device,
        detail=reason,
        received_ms=spooled.received_ms,
        outbox=spooled.outbox,
        sequences=sequences,
    )


def _written_down(pack: Pack) -> bytes:
    try:
        return encode_pack(pack)
    except ContractError:
        # What no pack can carry, such as a value that is no number, is kept for a person to read.
        return msgspec.json.encode(pack)


def _number(numbered: tuple[int, object]) -> int:
    return numbered[0]
