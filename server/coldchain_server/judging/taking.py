"""Taking one reading: what it makes of the course of its probe, what is said of it now, and what the timeline tells."""

from collections.abc import Callable, Sequence

import msgspec

from coldchain_contract.readings import Reading
from coldchain_judgement.course import Course, Terms, step
from coldchain_judgement.milk.events import Event
from coldchain_judgement.verdicts import Verdict
from coldchain_server.judging.checkpoints import Checkpoint
from coldchain_server.judging.memory import Kept
from coldchain_server.judging.slots import slot_of

ToldOf = Callable[[Course, int], Sequence[Event]]
"""What people told of a unit's milk since the last reading of a course, up to an instant, in order."""


def nothing_told(_course: Course, _at_ms: int) -> Sequence[Event]:
    return ()


_NEW = Course()
_NOTHING: tuple[Verdict, ...] = ()
_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Course)


class Taken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a reading has changed.

    `said` are verdicts for the log, `told` those of the timeline; they differ only where the device did not know the
    time. `late`: the timeline is to be judged anew from this reading on.
    """

    kept: Kept
    said: tuple[Verdict, ...] = _NOTHING
    told: tuple[Verdict, ...] = _NOTHING
    late: bool = False
    checkpoint: Checkpoint | None = None


def take(
    kept: Kept, terms: Terms, reading: Reading, *, estimated: bool, news: bool, told_of: ToldOf = nothing_told
) -> Taken:
    """Judge a reading by the courses that it is new to.

    One without a time is judged for the log alone, on a course of its own beside that of the dated ones. When the same
    ones come with their dates they are no news. `news` is False for what came late: all that it can be taken for is to
    fill in what was judged without its date.
    """
    if estimated:
        return _estimated(kept, terms, reading, told_of)
    fills_in = kept.dated is not None and not is_newer(reading, kept.course)
    if not is_newer(reading, kept.settled) or not (news or fills_in):
        return Taken(kept=kept, late=True)
    checkpoint = checkpoint_before(reading, kept.settled)
    settled, told = stepped(kept.settled, terms, reading, told_of)
    if kept.dated is None:
        kept = msgspec.structs.replace(kept, course=settled)
        return Taken(kept=kept, said=told, told=told, checkpoint=checkpoint)
    course, said = stepped(kept.course, terms, reading, told_of)
    kept = _beside(kept, course=course, settled=settled, filled_in=kept.filled_in or fills_in)
    return Taken(kept=kept, said=said, told=told, checkpoint=checkpoint)


def stepped(
    course: Course, terms: Terms, reading: Reading, told_of: ToldOf = nothing_told
) -> tuple[Course, tuple[Verdict, ...]]:
    """Judge one reading by every rule that judges readings, with what people told of the milk since the last."""
    events = told_of(course, reading.at_ms) if terms.milk is not None else ()
    return step(course, terms, at_ms=reading.at_ms, celsius=reading.value, quality=reading.quality, events=events)


def begun_anew(course: Course) -> Course:
    """Return the course of the same place by other terms: it keeps what was learnt of the unit, and its milk."""
    return msgspec.structs.replace(_NEW, capacity=course.capacity, milk=course.milk)


def encoded(course: Course) -> str:
    """Return a course as text, the same for the same course."""
    return _encoder.encode(course).decode()


def decoded(text: str) -> Course:
    """Return the course that a text says; `ValueError` where another version wrote it."""
    return _decoder.decode(text)


def is_newer(reading: Reading, course: Course) -> bool:
    """Return whether a course has not come as far as `reading`."""
    return course.last_ms is None or reading.at_ms > course.last_ms


def is_older(course: Course, other: Course) -> bool:
    """Return whether `other` has come farther than `course`."""
    return other.last_ms is not None and (course.last_ms is None or course.last_ms < other.last_ms)


def checkpoint_before(reading: Reading, course: Course) -> Checkpoint | None:
    """Return the course as it is before `reading`, where that is the first of another stretch of time."""
    if course.last_ms is None:
        return None
    slot = slot_of(reading.probe, reading.at_ms)
    if slot == slot_of(reading.probe, course.last_ms):
        return None
    return Checkpoint(slot=slot, at_ms=course.last_ms, state=encoded(course))


def _beside(kept: Kept, *, course: Course, settled: Course, filled_in: bool) -> Kept:
    """Return both courses, or the dated one alone once it has come as far and nothing would be said otherwise.

    Where what had no dates never came with them, that is only once nothing is left of it in the course.
    """
    alike = settled == course or (filled_in and settled.standings == course.standings)
    if alike and not is_older(settled, course):
        return msgspec.structs.replace(kept, course=settled, dated=None, filled_in=False)
    return msgspec.structs.replace(kept, course=course, dated=settled, filled_in=filled_in)


def _estimated(kept: Kept, terms: Terms, reading: Reading, told_of: ToldOf) -> Taken:
    if not is_newer(reading, kept.course):
        return Taken(kept=kept)
    course, said = stepped(kept.course, terms, reading, told_of)
    return Taken(kept=msgspec.structs.replace(kept, course=course, dated=kept.settled), said=said)
