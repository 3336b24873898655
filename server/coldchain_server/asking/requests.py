"""Requests as rows: made, published again until they are answered, closed once."""

import enum
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_contract.messages import Answer
from coldchain_contract.sequences import Sequences
from coldchain_server.fleet.model import Device
from coldchain_server.ledger.tables import RequestRow

_FIRST_WAIT_MS = 30_000
_LONGEST_WAIT_MS = 3600_000
_SHORTEST_WAIT_MS = 5_000
_NONE = Sequences()


class Action(enum.Enum):
    """What can be asked of a device, and for how long it is worth doing."""

    RESEND = "resend"
    READ = "read"
    IDENTIFY = "identify"
    SILENCE = "silence"

    @property
    def lasts_ms(self) -> int:
        """A resend helps whenever the device comes back; a light that blinks next week helps nobody."""
        return 7 * 24 * 3600_000 if self is Action.RESEND else 15 * 60_000


class State(enum.Enum):
    """OPEN until the first of the others, which it then stays."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be asked of a device; `who` empty is the server itself.

    `outbox` and `sequences` are a resend's; `unit`, empty for all, and `whys`, empty for everything, a silence's.
    """

    device: Device
    action: Action
    who: str = ""
    outbox: UUID | None = None
    sequences: Sequences = _NONE
    unit: UnitId = UnitId("")
    whys: tuple[str, ...] = ()
    lasts_ms: int | None = None


def make(session: Session, wish: Wish, *, now_ms: int) -> RequestRow:
    """Write a request that is due at once."""
    row = RequestRow(
        id=uuid4().hex,
        site=wish.device.site,
        device=wish.device.id,
        action=wish.action.value,
        outbox=str(wish.outbox or ""),
        sequences=str(wish.sequences),
        who=wish.who[:64],
        created_ms=now_ms,
        expires_ms=now_ms + (wish.action.lasts_ms if wish.lasts_ms is None else wish.lasts_ms),
        state=State.OPEN.value,
        tries=0,
        next_ms=now_ms,
        answer="",
        unit=wish.unit,
        whys=",".join(wish.whys),
    )
    session.add(row)
    return row


def expire(session: Session, row: RequestRow) -> bool:
    """Close what nobody answered in time; False where it was closed already."""
    return _close(session, row.id, State.EXPIRED, at_ms=row.expires_ms, said="")


def due(session: Session, *, now_ms: int, limit: int) -> Sequence[RequestRow]:
    """Return what is open and to be published now, or has just expired."""
    wanted = select(RequestRow).where(RequestRow.state == State.OPEN.value, RequestRow.next_ms <= now_ms)
    return session.scalars(wanted.order_by(RequestRow.next_ms).limit(limit)).all()


def publishing(session: Session, row: RequestRow, *, now_ms: int) -> bool:
    """Note that `row` is published now, and when next; False where it is closed, or another process was first."""
    wait_ms = min(_FIRST_WAIT_MS * 2 ** min(row.tries, 10), _LONGEST_WAIT_MS)
    next_ms = min(now_ms + wait_ms, row.expires_ms)
    claim = update(RequestRow).where(
        RequestRow.id == row.id, RequestRow.state == State.OPEN.value, RequestRow.tries == row.tries
    )
    return _rows(session, claim.values(tries=row.tries + 1, asked_ms=now_ms, next_ms=next_ms)) == 1


def heard(session: Session, device: DeviceId, *, at_ms: int) -> None:
    """Have what is open for `device` published now: it is on line, and hears nothing that was said while it was not."""
    waiting = update(RequestRow).where(
        RequestRow.device == device,
        RequestRow.state == State.OPEN.value,
        RequestRow.next_ms > at_ms,
        or_(RequestRow.asked_ms.is_(None), RequestRow.asked_ms <= at_ms - _SHORTEST_WAIT_MS),
    )
    _rows(session, waiting.values(next_ms=at_ms))


def answered(session: Session, device: DeviceId, answer: Answer, *, at_ms: int) -> RequestRow | None:
    """Close the request that `device` answers, and return it; None where it is not open, or not of this device."""
    row = session.get(RequestRow, answer.id)
    if row is None or row.device != device:
        return None
    state = State.DONE if answer.done else State.DECLINED
    return row if _close(session, row.id, state, at_ms=at_ms, said=answer.detail) else None


def cancel(session: Session, number: str, *, at_ms: int) -> bool:
    """Ask no longer; False where the request was closed already."""
    return _close(session, number, State.CANCELLED, at_ms=at_ms, said="")


def _close(session: Session, number: str, state: State, *, at_ms: int, said: str) -> bool:
    opened = update(RequestRow).where(RequestRow.id == number, RequestRow.state == State.OPEN.value)
    printable = said if said.isprintable() else repr(said)  # PostgreSQL takes no NUL
    return _rows(session, opened.values(state=state.value, closed_ms=at_ms, answer=printable)) == 1


def _rows(session: Session, statement: Any) -> int:
    return cast("CursorResult[object]", session.execute(statement)).rowcount
