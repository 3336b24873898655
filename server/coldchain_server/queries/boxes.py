"""The boxes themselves, for whoever tends them: whether one is on line, what is wrong with it, what was asked of it."""

from collections.abc import Callable, Iterable
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.messages import Status
from coldchain_contract.sequences import Sequences
from coldchain_judgement.rules import too_small
from coldchain_server.asking.findings import FindingKind, going_on
from coldchain_server.asking.requests import Action, State
from coldchain_server.ledger.tables import DeviceStatusRow, FindingRow, LossRow, RequestRow

_SHOWN_MS = 24 * 3600_000

ReceivedOf = Callable[[UUID], Sequences]
"""Returns what has been received of an outbox."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was last asked of a box, and what became of it."""

    action: Action
    state: State
    at_ms: int
    answer: str


class BoxNow(msgspec.Struct, frozen=True, kw_only=True):
    """One box. `online` None is one that was never heard; `lost_readings` will not come any more."""

    device: DeviceId
    online: bool | None
    said_ms: int | None
    two_boxes_since_ms: int | None
    lost_readings: int
    asked: Asked | None


def boxes_now(
    session: Session, devices: Iterable[DeviceId], *, received: ReceivedOf, now_ms: int
) -> tuple[BoxNow, ...]:
    """Return each of `devices` as it stands."""
    return tuple(_box(session, device, received, now_ms) for device in sorted(devices))


def lost_readings(session: Session, *, received: ReceivedOf, device: DeviceId | None = None) -> int:
    """Return how many readings were named as lost, of one device or of all, and have not come after all."""
    wanted = select(LossRow.outbox, LossRow.sequences)
    wanted = wanted if device is None else wanted.where(LossRow.device == device)
    together: dict[str, Sequences] = {}
    for outbox, text in session.execute(wanted):
        together[outbox] = together.get(outbox, Sequences()) | Sequences.parse(text)
    return sum(len(lost - received(UUID(outbox))) for outbox, lost in together.items())


def open_requests(session: Session) -> int:
    """Return how many requests wait for their answer."""
    wanted = select(func.count()).select_from(RequestRow).where(RequestRow.state == State.OPEN.value)
    return session.scalar(wanted) or 0


def open_findings(session: Session) -> dict[str, int]:
    """Return how many devices and units have something wrong with them, by kind."""
    wanted = select(FindingRow.kind, func.count()).where(FindingRow.ended_ms.is_(None)).group_by(FindingRow.kind)
    counted = {row[0]: row[1] for row in session.execute(wanted)}
    kinds = (*(kind.value for kind in FindingKind), too_small.NAME)
    return {kind: counted.get(kind, 0) for kind in kinds}


def _box(session: Session, device: DeviceId, received: ReceivedOf, now_ms: int) -> BoxNow:
    row = session.get(DeviceStatusRow, device)
    finding = going_on(session, FindingKind.TWO_BOXES, device)
    return BoxNow(
        device=device,
        online=_online(row),
        said_ms=row.received_ms if row else None,
        two_boxes_since_ms=finding.since_ms if finding else None,
        lost_readings=lost_readings(session, received=received, device=device),
        asked=_asked(session, device, now_ms),
    )


def _online(row: DeviceStatusRow | None) -> bool | None:
    if row is None:
        return None
    try:
        return msgspec.json.decode(row.status, type=Status).online
    except msgspec.MsgspecError:  # a device of another version
        return None


def _asked(session: Session, device: DeviceId, now_ms: int) -> Asked | None:
    wanted = select(RequestRow).where(
        RequestRow.device == device, RequestRow.who != "", RequestRow.created_ms > now_ms - _SHOWN_MS
    )
    row = session.scalars(wanted.order_by(RequestRow.created_ms.desc()).limit(1)).first()
    if row is None:
        return None
    return Asked(action=Action(row.action), state=State(row.state), at_ms=row.created_ms, answer=row.answer)


__all__ = ["Asked", "BoxNow", "State", "boxes_now", "lost_readings", "open_findings", "open_requests"]
