"""Checkpoints in the ledger: from where the readings of a probe can be judged again."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, insert, or_, select
from sqlalchemy.orm import Session

from coldchain_server.judging.lateness import Place
from coldchain_server.judging.slots import outlived, slot_of
from coldchain_server.ledger.tables import CheckpointRow

RESUME = -1
"""The slot of the checkpoint where late readings last ended; it is never thinned, and the next replaces it."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A course, as text, after the reading of `at_ms`: the last one before `slot` began."""

    slot: int
    at_ms: int
    state: str


def write(session: Session, place: Place, checkpoints: Iterable[Checkpoint]) -> None:
    """Keep checkpoints in the place of those of the same slots; what has outlived its use goes."""
    probe, from_ms = place
    kept = list({one.slot: one for one in checkpoints}.values())
    if not kept:
        return
    newest = max(one.slot for one in kept)
    gone = [CheckpointRow.slot.in_([one.slot for one in kept]), *_outlived(newest)]
    session.execute(delete(CheckpointRow).where(CheckpointRow.probe == probe, or_(*gone)))
    session.execute(
        insert(CheckpointRow),
        [
            {"probe": probe, "from_ms": from_ms, "slot": one.slot, "at_ms": one.at_ms, "state": one.state}
            for one in kept
        ],
    )


def before(session: Session, place: Place, at_ms: int) -> Checkpoint | None:
    """Return the newest checkpoint that no reading of `at_ms` or later is in.

    One of a later slot is none: live judging may have written it in ignorance of what came late in between.
    """
    slot = slot_of(place[0], at_ms)
    wanted = _of(place).where(CheckpointRow.at_ms < at_ms, CheckpointRow.slot <= slot)
    row = session.scalars(wanted.order_by(CheckpointRow.at_ms.desc()).limit(1)).first()
    return None if row is None else _checkpoint(row)


def after(session: Session, place: Place, at_ms: int) -> dict[int, Checkpoint]:
    """Return the checkpoints after the reading of `at_ms`, by slot."""
    rows = session.scalars(_of(place).where(CheckpointRow.at_ms > at_ms))
    return {row.slot: _checkpoint(row) for row in rows}


def _of(place: Place) -> Select[CheckpointRow]:
    probe, from_ms = place
    return select(CheckpointRow).where(CheckpointRow.probe == probe, CheckpointRow.from_ms == from_ms)


def _checkpoint(row: CheckpointRow) -> Checkpoint:
    return Checkpoint(slot=row.slot, at_ms=row.at_ms, state=row.state)


def _outlived(newest: int) -> list[ColumnElement[bool]]:
    slot = CheckpointRow.slot
    return [
        and_(slot > RESUME, slot <= last, slot % modulus == remainder) for last, modulus, remainder in outlived(newest)
    ]
