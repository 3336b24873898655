"""What one transaction of judging enters beside its memory: timeline, checkpoints, terms and dirty stretches."""

from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_server.judging import checkpoints, findings, handover, lateness, mains, terms, timeline
from coldchain_server.judging.checkpoints import Checkpoint
from coldchain_server.judging.handover import Offer
from coldchain_server.judging.lateness import Place, Stretch
from coldchain_server.judging.mains import Mains
from coldchain_server.judging.memory import Kept
from coldchain_server.judging.terms import Change
from coldchain_server.judging.timeline import Told


class Records:
    """Gathered while a batch is judged, written once."""

    def __init__(self) -> None:
        self._timeline: list[tuple[Place, str, Told]] = []
        self._checkpoints: list[tuple[Place, Checkpoint]] = []
        self._terms: list[Change] = []
        self._late: dict[Place, Stretch] = {}
        self._taken: list[Offer] = []
        self._changed: dict[UnitId, Kept] = {}
        self._mains: list[Mains] = []

    def say(self, place: Place, unit: str, told: Told) -> None:
        """Enter a verdict of the timeline."""
        self._timeline.append((place, unit, told))

    def check(self, place: Place, checkpoint: Checkpoint) -> None:
        """Enter from where a place can be judged again."""
        self._checkpoints.append((place, checkpoint))

    def judge_by(self, change: Change) -> None:
        """Enter by what a place is judged from now on."""
        self._terms.append(change)

    def late(self, place: Place, at_ms: int, *, position: int) -> None:
        """Enter that a reading of this instant came late, in the pack at `position` of the spool."""
        one = Stretch(start_ms=at_ms, end_ms=at_ms, position=position)
        self._late[place] = one.joined(self._late.get(place))

    def took(self, offer: Offer) -> None:
        """Enter that live judging goes on from the course it was offered."""
        self._taken.append(offer)

    def settle(self, kept: Kept) -> None:
        """Enter what now stands of a unit that nobody is called for."""
        self._changed[kept.unit] = kept

    def power(self, one: Mains) -> None:
        """Enter what is carried of the power of a device."""
        self._mains.append(one)

    @property
    def has_news(self) -> bool:
        """Return whether there is anything that nothing in memory shows."""
        return bool(self._mains or self._late)

    def write(self, session: Session, *, now_ms: int) -> None:
        """Write all of it, as part of the caller's transaction."""
        timeline.add(session, self._timeline)
        for place, checkpoint in self._checkpoints:
            checkpoints.write(session, place, [checkpoint])
        if self._terms:
            terms.enter(session, self._terms)
        for unit, kept in self._changed.items():
            findings.settle(session, kept.site, unit, kept.course, now_ms=now_ms)
        for one in self._mains:
            mains.keep(session, one)
        for offer in self._taken:
            handover.take(session, offer)
        for place in sorted(self._late):
            lateness.mark(session, place, self._late[place], now_ms=now_ms)
