"""Handing over: a course that late readings were worked into, for live judging to go on from where it says the same."""

from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import ProbeUrn
from coldchain_judgement.course import Course
from coldchain_judgement.rules import time_left, too_small
from coldchain_judgement.rules.time_left import TimeLeft
from coldchain_judgement.verdicts import Standing
from coldchain_server.judging.following import Stand
from coldchain_server.judging.lateness import Place
from coldchain_server.judging.memory import Kept
from coldchain_server.ledger.tables import DirtyRow


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The course of one place with all its readings, as the ledger had it after so many `marks`."""

    place: Place
    marks: int
    course: Course


def offers(session: Session, come_ms: Callable[[ProbeUrn], int | None]) -> Iterator[Offer]:
    """Return the courses that have every late reading in them, and have come exactly as far as live judging."""
    worked_in = select(DirtyRow.probe, DirtyRow.from_ms, DirtyRow.through_ms).where(DirtyRow.start_ms.is_(None))
    for probe, from_ms, through_ms in session.execute(worked_in).all():
        if through_ms is not None and come_ms(ProbeUrn(probe)) == through_ms:
            row = session.get(DirtyRow, (probe, from_ms))
            offer = None if row is None else _offer(row)
            if offer is not None:
                yield offer


def _offer(row: DirtyRow) -> Offer | None:
    try:
        stand = msgspec.json.decode(row.course or "", type=Stand)
    except msgspec.MsgspecError:  # another version wrote it
        return None
    return Offer(place=(ProbeUrn(row.probe), row.from_ms), marks=row.marks, course=stand.course)


def taken_over(kept: Kept, offer: Offer) -> Kept | None:
    """Return what goes on from the offered course; None where that may not be.

    It has to have come exactly as far, and to stand in breach of exactly the same: late readings raise nothing as if it
    were now, and clear nothing.
    """
    if kept.from_ms != offer.place[1] or kept.settled.last_ms != offer.course.last_ms:
        return None
    if kept.dated is not None:
        return msgspec.structs.replace(kept, dated=offer.course)
    if breached(kept.course) != breached(offer.course):
        return None
    return msgspec.structs.replace(kept, course=_judged_again(offer.course, kept.course.left))


def _judged_again(course: Course, said: TimeLeft) -> Course:
    """Return a course that says of the milk's time what was said last, and judges it anew by the next reading.

    What people told late of their milk, or took back, is heard as soon as it is known: it is today's action.
    """
    if course.left == said:
        return course
    anew = TimeLeft() if said.standing is not Standing.BREACH else msgspec.structs.replace(said, of_ms=_OTHER_MILK)
    return msgspec.structs.replace(course, left=anew)


_OTHER_MILK = -1
"""No milk came then: whatever is in the unit counts as other milk than what was said."""


def breached(course: Course) -> set[str]:
    """Return the rules that stand in breach, but for what is only a finding, and for what rests on people's words."""
    breaches = {rule for rule, standing in course.standings.items() if standing is Standing.BREACH}
    return breaches - {too_small.NAME, time_left.NAME}


def take(session: Session, offer: Offer) -> None:
    """Enter that an offer was taken: nothing is dirty any more, unless it was marked again meanwhile."""
    probe, from_ms = offer.place
    session.execute(
        delete(DirtyRow)
        .where(DirtyRow.probe == probe, DirtyRow.from_ms == from_ms, DirtyRow.marks == offer.marks)
        .execution_options(synchronize_session=False)
    )
