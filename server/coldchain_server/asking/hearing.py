"""What a device's word means for what is asked of it: its status, and its answers."""

from uuid import UUID

import msgspec
import structlog
from sqlalchemy.orm import Session

from coldchain_contract.messages import Answer, Status
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Topic
from coldchain_server.asking import findings, losses, requests
from coldchain_server.asking.findings import FindingKind
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.asking.losses import Loss
from coldchain_server.asking.twins import Change, Voices, listen
from coldchain_server.ledger.tables import DeviceIdentityRow, DeviceOutboxRow, RequestRow

log = structlog.get_logger()


def hear_status(session: Session, topic: Topic, status: Status, *, at_ms: int) -> None:
    """Note how far the outbox reaches and who speaks, and have what is open for the device published now."""
    if not status.online:
        return
    if status.outbox:
        _note_extent(session, topic, status, at_ms=at_ms)
    _listen(session, topic, status, at_ms=at_ms)
    requests.heard(session, topic.device, at_ms=at_ms)


def hear_answer(session: Session, topic: Topic, answer: Answer, *, at_ms: int) -> None:
    """Close the request that is answered; what the device no longer has of it is named as lost."""
    row = requests.answered(session, topic.device, answer, at_ms=at_ms)
    if row is None:
        log.info("device answered what nobody waits for", device=topic.device, request=answer.id, detail=answer.detail)
        return
    log.info("device answered", device=topic.device, action=row.action, done=answer.done, detail=answer.detail)
    gone = _asked(row) & Sequences.parse(answer.gone) if answer.gone else Sequences()
    if gone.ranges:
        loss = Loss(site=topic.site, device=topic.device, outbox=UUID(row.outbox), sequences=gone, why=WhyLost.GONE)
        losses.enter(session, loss, now_ms=at_ms)


def _asked(row: RequestRow) -> Sequences:
    return Sequences.parse(row.sequences) if row.sequences else Sequences()


def _note_extent(session: Session, topic: Topic, status: Status, *, at_ms: int) -> None:
    row = session.get(DeviceOutboxRow, (topic.device, status.outbox))
    if row is None:
        row = DeviceOutboxRow(
            device=topic.device, outbox=status.outbox, site=topic.site, lowest=0, highest=0, said_ms=0
        )
        session.add(row)
    row.lowest, row.highest, row.said_ms = status.lowest_sequence, max(row.highest, status.highest_sequence), at_ms
    session.flush()


def _listen(session: Session, topic: Topic, status: Status, *, at_ms: int) -> None:
    row = session.get(DeviceIdentityRow, topic.device)
    before = Voices() if row is None else msgspec.json.decode(row.seen, type=Voices)
    after, change = listen(before, status, at_ms=at_ms)
    if after == before:
        return
    text = msgspec.json.encode(after).decode()
    if row is None:
        session.add(DeviceIdentityRow(device=topic.device, seen=text))
        session.flush()
    else:
        row.seen = text
    if change in (Change.BEGAN, Change.GOES_ON):
        others = ", ".join(f"boot {voice.boot_id} of outbox {voice.outbox}" for voice in after.heard[:2])
        findings.begin(session, FindingKind.TWO_BOXES, topic, at_ms=at_ms, detail=others)
    elif change is Change.ENDED:
        findings.end(session, FindingKind.TWO_BOXES, topic.device, at_ms=at_ms)
