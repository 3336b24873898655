"""Power, where devices sense it: judged by what they said last and, while they are on line, by the clock."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId
from coldchain_contract.messages import Status
from coldchain_judgement.rules import power
from coldchain_judgement.rules.power import Power
from coldchain_judgement.verdicts import Verdict
from coldchain_server.ledger.tables import DeviceStatusRow, RuleStateRow

LOOK_EVERY_MS = 10_000


class Mains(msgspec.Struct, frozen=True, kw_only=True):
    """What is now carried of the power of one device, and what has changed of it."""

    device: DeviceId
    state: Power
    verdicts: tuple[Verdict, ...]


def judged(session: Session, *, now_ms: int) -> Iterator[Mains]:
    """Yield every device whose power stands otherwise than the ledger has it, or is timed otherwise.

    What a device said of its mains is taken to go on while it is on line; of one that is silent nobody knows.
    """
    known = {
        row.subject: row.state for row in session.scalars(select(RuleStateRow).where(RuleStateRow.rule == power.NAME))
    }
    for row in session.scalars(select(DeviceStatusRow).where(DeviceStatusRow.status.contains('"mains":'))):
        status, before = _status(row.status), _state(known.get(row.device))
        if status is None:
            continue
        state, first = power.step(before, at_ms=row.received_ms, mains=status.mains)
        second = None
        if status.online and _is_timed(state):
            timed, second = power.step(state, at_ms=now_ms, mains=status.mains)
            state = timed if second is not None else state
        if state != before:
            verdicts = tuple(one for one in (first, second) if one is not None)
            yield Mains(device=DeviceId(row.device), state=state, verdicts=verdicts)


def keep(session: Session, mains: Mains) -> None:
    """Write what is carried of one device's power."""
    text = msgspec.json.encode(mains.state).decode()
    session.merge(RuleStateRow(subject=mains.device, rule=power.NAME, state=text))


def _is_timed(state: Power) -> bool:
    return state.off_ms is not None or state.on_ms is not None


def _status(text: str) -> Status | None:
    try:
        return msgspec.json.decode(text, type=Status)
    except msgspec.MsgspecError:  # a device of another version
        return None


def _state(text: str | None) -> Power:
    try:
        return Power() if text is None else msgspec.json.decode(text, type=Power)
    except msgspec.MsgspecError:  # another version wrote it
        return Power()
