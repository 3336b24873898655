"""Following readings anew: from a course that is right, to where live judging is right too, or to their end."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import msgspec

from coldchain_contract.readings import Reading
from coldchain_judgement.course import Course
from coldchain_judgement.milk.events import Event
from coldchain_server.judging.checkpoints import RESUME, Checkpoint
from coldchain_server.judging.milk import between
from coldchain_server.judging.renewal import renewed_ms
from coldchain_server.judging.taking import begun_anew, checkpoint_before, encoded, is_newer, stepped
from coldchain_server.judging.terms import History
from coldchain_server.judging.timeline import Told


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """How far following has come: every reading of `through_ms` and before is in the course.

    `renewed_ms` is when the unit was last filled anew, as far as was followed.
    """

    course: Course
    through_ms: int
    renewed_ms: int | None = None


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What readings have shown.

    `met`: where it ends, live judging has the same course, so the rest is right. `reached`: there were no more of them.
    """

    stand: Stand
    told: list[Told]
    checkpoints: list[Checkpoint]
    met: bool = False
    reached: bool = False

    @property
    def ends(self) -> bool:
        """Return whether all late readings are worked in."""
        return self.met or self.reached


class Following:
    """Follows one place, with the events of its unit's milk.

    `live` are the checkpoints of live judging, worth something only after `dirty_to_ms`.
    """

    def __init__(
        self,
        stand: Stand,
        history: History,
        *,
        live: Mapping[int, Checkpoint],
        dirty_to_ms: int,
        events: Sequence[Event] = (),
    ) -> None:
        self._told_of = partial(between, events)
        self._course, self._through_ms, self._renewed_ms = stand.course, stand.through_ms, stand.renewed_ms
        self._history, self._live, self._dirty_to_ms = history, live, dirty_to_ms
        self._told: list[Told] = []
        self._checkpoints: list[Checkpoint] = []

    def follow(self, readings: Iterable[Reading]) -> Followed:
        """Judge readings, oldest first, each by the terms of its time; what is not newer than the last is passed over.

        Leaves a checkpoint for every slot, and one where the dirty stretch ends: there the next most often begins.
        """
        for reading in readings:
            if not is_newer(reading, self._course):
                continue
            checkpoint = checkpoint_before(reading, self._course)
            if checkpoint is not None:
                self._checkpoints.append(checkpoint)
                if checkpoint.at_ms >= self._dirty_to_ms and self._live.get(checkpoint.slot) == checkpoint:
                    return self._followed(met=True)
            if reading.at_ms > self._dirty_to_ms:
                self._leave_resume()
            self._take(reading)
        return self._followed(met=False)

    def _take(self, reading: Reading) -> None:
        terms = self._history.at(reading.at_ms)
        if terms is not self._history.at(self._through_ms):
            self._course = begun_anew(self._course)
        self._course, verdicts = stepped(self._course, terms, reading, self._told_of)
        self._told += [Told(reading.at_ms, verdict) for verdict in verdicts]
        self._through_ms = reading.at_ms
        self._renewed_ms = renewed_ms(self._course) or self._renewed_ms

    def _leave_resume(self) -> None:
        at_ms = self._course.last_ms
        if at_ms is not None and at_ms <= self._dirty_to_ms:
            self._checkpoints.append(Checkpoint(slot=RESUME, at_ms=at_ms, state=encoded(self._course)))

    def _followed(self, *, met: bool) -> Followed:
        self._leave_resume()
        stand = Stand(course=self._course, through_ms=self._through_ms, renewed_ms=self._renewed_ms)
        return Followed(stand=stand, told=self._told, checkpoints=self._checkpoints, met=met)
