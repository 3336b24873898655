"""The rows of what people tell of the milk in a unit: told once, taken back by another row, never changed."""

from collections.abc import Iterable

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_judgement.milk.events import Event, Tested
from coldchain_server.ledger.tables import MilkEventRow

log = structlog.get_logger()

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_TESTED = f'"type":"{Tested.__struct_config__.tag}"'


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """An event as somebody tells it of a unit. `key` is the same when the same telling comes again."""

    key: str
    site: str
    unit: str
    event: Event
    who: str
    channel: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the log, with who told it when, and when it was taken back, by whom; None: it is in force."""

    id: int
    site: str
    unit: str
    event: Event
    who: str
    channel: str
    learnt_ms: int
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""


def tell(session: Session, telling: Telling, *, now_ms: int) -> int | None:
    """Enter an event and return its number; None where it was told before: a form sent twice, a message again."""
    if session.scalar(select(MilkEventRow.id).where(MilkEventRow.key == telling.key)) is not None:
        return None
    row = MilkEventRow(
        key=telling.key,
        site=telling.site,
        unit=telling.unit,
        at_ms=telling.event.at_ms,
        learnt_ms=now_ms,
        body=_encoder.encode(telling.event).decode(),
        withdraws=None,
        who=telling.who[:64],
        channel=telling.channel,
    )
    session.add(row)
    session.flush()
    return row.id


def withdraw(session: Session, number: int, *, who: str, channel: str, now_ms: int) -> bool:
    """Take an event back; False where it is not there, or was taken back before."""
    row = session.get(MilkEventRow, number)
    taken = session.scalar(select(MilkEventRow.id).where(MilkEventRow.withdraws == number))
    if row is None or row.withdraws is not None or taken is not None:
        return False
    session.add(
        MilkEventRow(
            key=f"withdraws-{number}",
            site=row.site,
            unit=row.unit,
            at_ms=row.at_ms,
            learnt_ms=now_ms,
            body="",
            withdraws=number,
            who=who[:64],
            channel=channel,
        )
    )
    session.flush()
    return True


def number_of(session: Session, key: str, *, unit: str) -> int | None:
    """Return the number of what was told of a unit under that key; None where nothing was."""
    return session.scalar(select(MilkEventRow.id).where(MilkEventRow.key == key, MilkEventRow.unit == unit))


def entry(session: Session, number: int) -> Entry | None:
    """Return one event; None where there is no such number."""
    row = session.get(MilkEventRow, number)
    if row is None or row.withdraws is not None:
        return None
    return next(iter(_entries([row, *_withdrawals(session, [number])])), None)


def last_of(session: Session, who: str, *, channel: str, from_ms: int) -> Entry | None:
    """Return what somebody told last by a channel, since an instant, and has not taken back; None: nothing."""
    taken = select(MilkEventRow.withdraws).where(MilkEventRow.withdraws.is_not(None))
    theirs = select(MilkEventRow).where(
        MilkEventRow.who == who[:64],
        MilkEventRow.channel == channel,
        MilkEventRow.withdraws.is_(None),
        MilkEventRow.learnt_ms >= from_ms,
        MilkEventRow.id.not_in(taken),
    )
    row = session.scalars(theirs.order_by(MilkEventRow.id.desc()).limit(1)).first()
    return None if row is None else next(iter(_entries([row])), None)


def of_unit(session: Session, unit: str, *, from_ms: int, to_ms: int) -> list[Entry]:
    """Return the events of a unit in a stretch of time, oldest first, those that were taken back too."""
    wanted = select(MilkEventRow).where(
        MilkEventRow.unit == unit, MilkEventRow.at_ms >= from_ms, MilkEventRow.at_ms <= to_ms
    )
    return _entries(session.scalars(wanted.order_by(MilkEventRow.id)).all())


def in_force(session: Session, unit: str, *, from_ms: int, to_ms: int) -> list[Event]:
    """Return what counts of the milk in a unit in a stretch of time, oldest first."""
    return [one.event for one in of_unit(session, unit, from_ms=from_ms, to_ms=to_ms) if one.withdrawn_ms is None]


def tests_of(session: Session, site: str, *, from_ms: int) -> list[Entry]:
    """Return the quality tests at a site since an instant that are in force, oldest first."""
    wanted = select(MilkEventRow).where(
        MilkEventRow.site == site, MilkEventRow.at_ms >= from_ms, MilkEventRow.body.contains(_TESTED, autoescape=True)
    )
    found = list(session.scalars(wanted.order_by(MilkEventRow.id)))
    withdrawals = _withdrawals(session, [row.id for row in found])
    return [one for one in _entries([*found, *withdrawals]) if one.withdrawn_ms is None]


def newest(session: Session, site: str | None = None) -> int:
    """Return the number of what was told last at a site, or anywhere; 0 where nothing was."""
    wanted = select(func.max(MilkEventRow.id))
    return session.scalar(wanted if site is None else wanted.where(MilkEventRow.site == site)) or 0


def since(session: Session, number: int, *, from_ms: int) -> list[MilkEventRow]:
    """Return the rows that were entered after `number`, of events at `from_ms` or later, in the order of entry."""
    wanted = select(MilkEventRow).where(MilkEventRow.id > number, MilkEventRow.at_ms >= from_ms)
    return list(session.scalars(wanted.order_by(MilkEventRow.id)))


def event_of(row: MilkEventRow) -> Event | None:
    """Return the event of a row; None where it takes one back, or another version wrote what this one cannot read."""
    if row.withdraws is not None:
        return None
    try:
        return _decoder.decode(row.body)
    except msgspec.MsgspecError as error:
        log.error("an event of milk cannot be read, and does not count", number=row.id, why=str(error))
        return None


def _withdrawals(session: Session, numbers: list[int]) -> list[MilkEventRow]:
    return list(session.scalars(select(MilkEventRow).where(MilkEventRow.withdraws.in_(numbers))))


def _entries(rows: Iterable[MilkEventRow]) -> list[Entry]:
    """A withdrawal has the instant of what it takes back, so both are of one stretch."""
    rows = list(rows)
    taken = {row.withdraws: row for row in rows if row.withdraws is not None}
    entries = []
    for row in rows:
        event, by = event_of(row), taken.get(row.id)
        if event is not None:
            entries.append(
                Entry(
                    id=row.id,
                    site=row.site,
                    unit=row.unit,
                    event=event,
                    who=row.who,
                    channel=row.channel,
                    learnt_ms=row.learnt_ms,
                    withdrawn_ms=None if by is None else by.learnt_ms,
                    withdrawn_by="" if by is None else by.who,
                )
            )
    return sorted(entries, key=lambda one: (one.event.at_ms, one.id))
