"""The watch over gaps: compares what each device says it has with what has come, and asks for the difference."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.messages import Status
from coldchain_contract.sequences import Sequences
from coldchain_server.asking import findings, losses, requests
from coldchain_server.asking.findings import FindingKind
from coldchain_server.asking.gaps import Account, Extent, decide
from coldchain_server.asking.losses import Loss
from coldchain_server.asking.requests import Action, State, Wish
from coldchain_server.fleet.model import Device, Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import DeviceOutboxRow, DeviceStatusRow, RequestRow
from coldchain_server.spool.spool import Spool

log = structlog.get_logger()

GRACE_MS = 2 * 60_000
"""How long what was under way when a status was sent has to arrive before it counts as missing."""
TRAVELLING_MS = 3600_000
"""How long what a device has promised to send again has to arrive before it is asked once more."""
PUT_ASIDE_MS = 24 * 3600_000
"""How long what can be read of an outbox that its device no longer uses has to arrive unasked."""
_FORGOTTEN_MS = 100 * 24 * 3600_000


class GapWatch:
    """Looks, each time it is called, at the devices that have said something new since. One thread only.

    Whatever it finds is a durable row: a request, or a loss by name. Raises `LedgerUnavailable` and `SpoolUnavailable`;
    then the same devices are looked at again the next time.
    """

    def __init__(self, *, sessions: Sessions, spool: Spool, fleet: Fleet, clock: Clock) -> None:
        self._sessions, self._spool, self._fleet, self._clock = sessions, spool, fleet, clock
        self._looked_ms = 0

    def __call__(self) -> None:
        now_ms = self._clock.now_ms()
        with self._sessions() as session:
            rows = _with_news(session, since_ms=self._looked_ms, now_ms=now_ms)
        for row in rows:
            device = self._fleet.devices.get(DeviceId(row.device))
            if device is not None:
                self._look_at(device, row, now_ms)
        self._looked_ms = now_ms

    def _look_at(self, device: Device, row: DeviceStatusRow, now_ms: int) -> None:
        with self._sessions.begin() as session:
            if findings.going_on(session, FindingKind.TWO_BOXES, device.id):
                return  # each of the two would say of the other's readings that they are gone
            asked = _resends(session, device.id)
            for outbox, extent in _extents(session, row, now_ms=now_ms):
                decision = decide(extent, self._account(session, outbox, asked, now_ms))
                for why, numbers in decision.lost.items():
                    loss = Loss(site=device.site, device=device.id, outbox=outbox, sequences=numbers, why=why)
                    losses.enter(session, loss, now_ms=now_ms)
                if decision.ask.ranges and not any(one.state == State.OPEN.value for one in asked):
                    wish = Wish(device=device, action=Action.RESEND, outbox=outbox, sequences=decision.ask)
                    asked = [*asked, requests.make(session, wish, now_ms=now_ms)]
                    log.info("readings are missing and asked for", device=device.id, readings=len(decision.ask))

    def _account(self, session: Session, outbox: UUID, asked: Iterable[RequestRow], now_ms: int) -> Account:
        mine = [row for row in asked if row.outbox == str(outbox)]
        return Account(
            received=self._spool.received(outbox),
            refused=self._spool.refused(outbox),
            lost=losses.lost(session, outbox),
            under_way=_together(_numbers(row) for row in mine if _is_under_way(row, now_ms)),
            answered=tuple(_numbers(row) for row in mine if row.state in _ANSWERED),
        )


_ANSWERED = (State.DONE.value, State.DECLINED.value)


def _with_news(session: Session, *, since_ms: int, now_ms: int) -> Sequence[DeviceStatusRow]:
    """Return the devices whose status has become old enough to go by, and those that answered, since about `since_ms`.

    A word is entered some time after it was received, so the spans overlap: looking twice finds nothing more.
    """
    answering = select(RequestRow.device).where(
        RequestRow.state.in_(_ANSWERED), RequestRow.closed_ms > since_ms - GRACE_MS, RequestRow.closed_ms <= now_ms
    )
    ripe = (DeviceStatusRow.received_ms > since_ms - 2 * GRACE_MS) | DeviceStatusRow.device.in_(answering)
    wanted = select(DeviceStatusRow).where(DeviceStatusRow.received_ms <= now_ms - GRACE_MS, ripe)
    return session.scalars(wanted).all()


def _resends(session: Session, device: DeviceId) -> list[RequestRow]:
    wanted = select(RequestRow).where(RequestRow.device == device, RequestRow.action == Action.RESEND.value)
    return list(session.scalars(wanted.order_by(RequestRow.created_ms)))


def _extents(session: Session, row: DeviceStatusRow, *, now_ms: int) -> Iterator[tuple[UUID, Extent]]:
    """Yield the outbox that the device uses now, and those it no longer does, the longest given up first."""
    try:
        status = msgspec.json.decode(row.status, type=Status)
    except msgspec.MsgspecError:  # a device of another version: nothing is known of its outbox
        return
    if status.outbox and status.highest_sequence:
        yield UUID(status.outbox), extent_of(status)
    earlier = select(DeviceOutboxRow).where(
        DeviceOutboxRow.device == row.device,
        DeviceOutboxRow.outbox != status.outbox,
        DeviceOutboxRow.said_ms <= now_ms - PUT_ASIDE_MS,
        DeviceOutboxRow.said_ms > now_ms - _FORGOTTEN_MS,
    )
    for old in session.scalars(earlier.order_by(DeviceOutboxRow.said_ms)).all():
        yield UUID(old.outbox), Extent(lowest=1, highest=old.highest, waiting=Sequences())


def extent_of(status: Status) -> Extent:
    """Return how far the outbox reaches that `status` speaks of."""
    waiting = Sequences.parse(status.waiting) if status.waiting else None
    return Extent(
        lowest=status.lowest_sequence,
        highest=status.highest_sequence,
        unconfirmed=status.unconfirmed,
        waiting=waiting if status.unconfirmed else Sequences(),
    )


def _is_under_way(row: RequestRow, now_ms: int) -> bool:
    if row.state == State.OPEN.value:
        return True
    return row.state in _ANSWERED and row.closed_ms is not None and row.closed_ms > now_ms - TRAVELLING_MS


def _numbers(row: RequestRow) -> Sequences:
    return Sequences.parse(row.sequences) if row.sequences else Sequences()


def _together(sets: Iterable[Sequences]) -> Sequences:
    together = Sequences()
    for one in sets:
        together |= one
    return together
