"""The words devices say beside readings, entered into the ledger: status, alarms, answers, what is told of the milk."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.messages import Answer, LocalAlarm, MilkTold, Status, encode_message
from coldchain_contract.topics import Topic
from coldchain_server.asking.hearing import hear_answer, hear_status
from coldchain_server.ingest.milk import CHANNEL, telling_of
from coldchain_server.ingest.reception import Arrival, Enrolled, Received
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import DeviceStatusRow, EnrolmentRow, LocalAlarmRow
from coldchain_server.milk import rows


def enrolments(sessions: Sessions) -> dict[DeviceId, Enrolled]:
    """Return who is enrolled, as the ledger says now. Asked for every batch, so rows are read as they are."""
    row = EnrolmentRow
    with sessions() as session:
        return {
            DeviceId(device): Enrolled(site=SiteId(site), since_ms=since_ms, withdrawn=withdrawn_ms is not None)
            for device, site, since_ms, withdrawn_ms in session.execute(
                select(row.device, row.site, row.enrolled_ms, row.withdrawn_ms)
            )
        }


def enter(sessions: Sessions, heard: Iterable[tuple[Arrival, Received]]) -> None:
    """Enter every word in one transaction. Entering the same again changes nothing, so that it may come twice."""
    words = [(arrival, received) for arrival, received in heard if received.heard is not None]
    if not words:
        return
    with sessions.begin() as session:
        for arrival, received in words:
            if received.topic is not None:
                _enter(session, arrival, received.topic, received.heard)


def _enter(
    session: Session, arrival: Arrival, topic: Topic, word: Status | LocalAlarm | Answer | MilkTold | None
) -> None:
    match word:
        case Status():
            _enter_status(session, arrival, topic, word)
        case LocalAlarm():
            _enter_alarm(session, arrival, topic, word)
        case Answer():
            hear_answer(session, topic, word, at_ms=arrival.received_ms)
        case MilkTold():
            _enter_milk(session, arrival, topic, word)


def _enter_status(session: Session, arrival: Arrival, topic: Topic, status: Status) -> None:
    """Keep the newest by arrival: a last will is older by its own date, and newer news all the same."""
    text = encode_message(status).decode()
    row = session.get(DeviceStatusRow, topic.device)
    if row is None:
        row = DeviceStatusRow(device=topic.device, site=topic.site, received_ms=arrival.received_ms, status=text)
        session.add(row)
        session.flush()
    elif not (arrival.retained and row.status == text):
        row.site, row.received_ms, row.status = topic.site, arrival.received_ms, text
    else:
        return
    hear_status(session, topic, status, at_ms=arrival.received_ms)


def _enter_alarm(session: Session, arrival: Arrival, topic: Topic, alarm: LocalAlarm) -> None:
    same = select(LocalAlarmRow.id).where(
        LocalAlarmRow.device == topic.device,
        LocalAlarmRow.unit == alarm.unit,
        LocalAlarmRow.at_ms == alarm.at_ms,
        LocalAlarmRow.change == alarm.change,
        LocalAlarmRow.light == alarm.light,
    )
    if session.scalar(same.limit(1)) is None:
        session.add(
            LocalAlarmRow(
                site=topic.site,
                device=topic.device,
                unit=alarm.unit,
                at_ms=alarm.at_ms,
                received_ms=arrival.received_ms,
                light=alarm.light,
                change=alarm.change,
                reason=alarm.reason,
                celsius=alarm.celsius,
                why=alarm.why,
                level=alarm.level,
                since_ms=alarm.since_ms,
                asked=alarm.asked,
            )
        )
        session.flush()


def _enter_milk(session: Session, arrival: Arrival, topic: Topic, told: MilkTold) -> None:
    """Enter what was told, and take back what it takes the place of: that came before it, or never will."""
    telling = telling_of(told, topic)
    if rows.tell(session, telling, now_ms=arrival.received_ms) is None or told.corrects is None:
        return
    corrected = rows.number_of(session, told.corrects, unit=told.unit)
    if corrected is not None:
        rows.withdraw(session, corrected, who=telling.who, channel=CHANNEL, now_ms=arrival.received_ms)
