"""Boxes that still shout though somebody has answered: asked to be quiet about it, and about nothing else."""

from collections.abc import Iterable, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.asking import requests
from coldchain_server.asking.requests import Action, State, Wish
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import DeviceStatusRow, IncidentRow, LocalAlarmRow, RequestRow

log = structlog.get_logger()

LASTS_MS = 3600_000
"""A box that hears of it later has long been heard itself, and is asked anew if it still shouts."""
_READ_BACK = 50
_BLIND = (Why.SILENT.value, Why.PROBE_FAULT.value)
"""What makes a box blink and never shout."""
_UNANSWERED = ("pending", "open")
_ANSWERED = "acknowledged"


class Steadying:
    """Looks at what boxes and people have said, each time it is called. One thread only.

    It goes by how things stand, and needs no cursor: what it asks for is a durable row, made once for what a box
    shouts, again only where the box was heard after that one expired, withdrawn where somebody takes the answer back.
    Raises `LedgerUnavailable`; then the same is seen the next time.
    """

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock) -> None:
        self._sessions, self._fleet, self._clock = sessions, fleet, clock

    def __call__(self) -> None:
        now_ms = self._clock.now_ms()
        with self._sessions() as session:
            if not _acknowledged(session) and not _open_silences(session):
                return
        with self._sessions.begin() as session:
            settled = {unit for unit in _acknowledged(session) if is_answered(_going_on(session, unit))}
            for row in _open_silences(session):
                if row.unit not in settled and requests.cancel(session, row.id, at_ms=now_ms):
                    log.info("box need not be quiet any more", device=row.device, unit=row.unit)
            for unit in sorted(settled):
                self._quieten(session, unit, now_ms=now_ms)

    def _quieten(self, session: Session, unit: str, *, now_ms: int) -> None:
        words = _words(session, unit)
        if any(not word.taken for word in words):
            return  # incidents have not heard yet what the box says now: the answer may not be about it
        for device in sorted({word.device for word in words}):
            said = [word for word in words if word.device == device]
            whys, known = shouted(said), self._fleet.devices.get(DeviceId(device))
            if whys is None or known is None or not _is_due(session, said, unit):
                continue
            wish = Wish(device=known, action=Action.SILENCE, unit=UnitId(unit), whys=whys, lasts_ms=LASTS_MS)
            requests.make(session, wish, now_ms=now_ms)
            log.info("somebody has answered: the box is asked to be quiet", device=device, unit=unit, about=whys)


def is_answered(incidents: Iterable[IncidentRow]) -> bool:
    """Return whether somebody has answered for the critical incidents of a unit that a box shouts for, and for all."""
    critical = [one for one in incidents if one.level == Level.CRITICAL.value and one.reason not in _BLIND]
    unanswered = any(one.state in _UNANSWERED for one in critical)
    return not unanswered and any(one.state == _ANSWERED for one in critical)


def shouted(words: Sequence[LocalAlarmRow]) -> tuple[str, ...] | None:
    """Return what a box shouts about by its `words` on a unit, in the order in which it said them; None: it is quiet.

    Empty names everything: the box is of a version that does not say why.
    """
    if not words or words[-1].light != Light.RED.value:
        return None
    open_: dict[str, None] = {}
    for word in words:
        if word.light == Light.GREEN.value or (word.change == "heard" and not word.why):
            open_.clear()
        elif word.change == "heard":
            open_.pop(word.why, None)
        elif word.change == "raised" and word.level != Level.WARNING.value:
            open_[word.why] = None
    if not open_:
        return None
    return () if "" in open_ else tuple(open_)


def _is_due(session: Session, said: Sequence[LocalAlarmRow], unit: str) -> bool:
    """Whether the box was not asked since it raised this, or has been heard since that expired without an answer."""
    raised_ms = max((word.received_ms for word in said if word.change == "raised"), default=0)
    asked = select(RequestRow).where(*_SILENCES, RequestRow.device == said[-1].device, RequestRow.unit == unit)
    last = session.scalars(asked.order_by(RequestRow.created_ms.desc()).limit(1)).first()
    if last is None or last.created_ms < raised_ms or last.state == State.CANCELLED.value:
        return True
    if last.state != State.EXPIRED.value:
        return False
    heard = session.get(DeviceStatusRow, said[-1].device)
    return heard is not None and heard.received_ms > last.expires_ms


_SILENCES = (RequestRow.action == Action.SILENCE.value, RequestRow.who == "")


def _acknowledged(session: Session) -> set[str]:
    wanted = select(IncidentRow.unit).where(
        IncidentRow.state == _ANSWERED, IncidentRow.level == Level.CRITICAL.value, IncidentRow.unit != ""
    )
    return set(session.scalars(wanted.distinct()))


def _going_on(session: Session, unit: str) -> Sequence[IncidentRow]:
    return session.scalars(select(IncidentRow).where(IncidentRow.unit == unit, IncidentRow.resolved_ms.is_(None))).all()


def _open_silences(session: Session) -> Sequence[RequestRow]:
    wanted = select(RequestRow).where(*_SILENCES, RequestRow.state == State.OPEN.value)
    return session.scalars(wanted).all()


def _words(session: Session, unit: str) -> list[LocalAlarmRow]:
    wanted = select(LocalAlarmRow).where(LocalAlarmRow.unit == unit).order_by(LocalAlarmRow.id.desc()).limit(_READ_BACK)
    return list(session.scalars(wanted))[::-1]
