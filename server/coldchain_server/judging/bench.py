"""The bench: judges packs as they come, silence by the clock, and withdraws what nobody judges any more."""

from collections.abc import Collection, Iterable, Iterator
from functools import partial

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, UnitId
from coldchain_contract.readings import Reading
from coldchain_judgement.course import Course, rules
from coldchain_judgement.limits import Level
from coldchain_judgement.rules import gap, silent, stuck, too_small
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.judging.handover import Offer, taken_over
from coldchain_server.judging.mains import Mains
from coldchain_server.judging.memory import Kept, Memory
from coldchain_server.judging.milk import Told as ToldOfMilk
from coldchain_server.judging.records import Records
from coldchain_server.judging.rows import verdict_row
from coldchain_server.judging.taking import Taken, begun_anew, nothing_told, take
from coldchain_server.judging.terms import Change
from coldchain_server.judging.timeline import Told
from coldchain_server.judging.watches import Watch, Watches
from coldchain_server.ledger.tables import VerdictRow
from coldchain_server.spool.model import Spooled

_NEVER_MS = 2**63 - 1
_BESIDE_MS = 900_000
"""How far in time two probes' values may lie apart to be compared."""

_NO_RULES: frozenset[str] = frozenset()
_NOT_LOGGED = {gap.NAME, too_small.NAME}
"""What opens no incident: a gap is silence, which is told as soon as it is full, and the other is a finding."""


class Bench:
    """Judges at one instant: everything it is given goes into memory and records, what is said comes back as rows."""

    def __init__(
        self,
        watches: Watches,
        memory: Memory,
        records: Records,
        *,
        now_ms: int,
        listening_since_ms: int,
        told: ToldOfMilk | None = None,
    ) -> None:
        self._watches, self._memory, self._records, self._told = watches, memory, records, told
        self._now_ms, self._listening_since_ms = now_ms, listening_since_ms
        self._silent_voices: set[tuple[UnitId, DeviceId]] = set()
        self._heard_anew: set[tuple[UnitId, DeviceId]] = set()

    @property
    def heard_anew(self) -> bool:
        """Return whether any probe was heard that had not stood as heard."""
        return bool(self._heard_anew)

    def pack(self, pack: Spooled) -> Iterator[VerdictRow]:
        """Judge the readings of a pack, oldest first; each is remembered where it is the newest of its probe.

        A late one, or one from a place that its probe has left, is no news: it raises and clears nothing, but from it
        on the timeline is to be judged anew.
        """
        for _, reading in sorted(pack.readings, key=lambda numbered: numbered[1].at_ms):
            self._memory.see(reading, received_ms=pack.received_ms, estimated=pack.estimated)
            watch = self._watches.of(reading.probe, reading.at_ms)
            if watch is not None:
                yield from self._reading(watch, reading, pack)

    def _reading(self, watch: Watch, reading: Reading, pack: Spooled) -> Iterator[VerdictRow]:
        before = self._memory.of(reading.probe)
        left = watch.has_ended(self._now_ms) or (before is not None and before.from_ms > watch.placement.from_ms)
        news = not left and not watch.late(reading.at_ms, pack.received_ms)
        here = before if before is not None and before.is_in(watch.placement) else None
        if news and (here is None or here.terms != watch.terms_key):
            if before is not None:
                yield from self._withdrawn(reading.probe, before, but=_NO_RULES if here is None else rules(watch.terms))
            here = self._begun(watch, here, since_ms=reading.at_ms)
        if here is None or left:
            if not pack.estimated:
                self._records.late(watch.place, reading.at_ms, position=pack.position)
            return
        told_of = nothing_told if self._told is None else partial(self._told.between, watch.placement.unit)
        taken = take(here, watch.terms, reading, estimated=pack.estimated, news=news, told_of=told_of)
        yield from self._entered(watch, taken, reading, pack, news=news)

    def _entered(self, watch: Watch, taken: Taken, reading: Reading, pack: Spooled, *, news: bool) -> list[VerdictRow]:
        """Remember what a reading has changed and return what is said of it.

        Who was heard, was heard on receipt where its clock is ahead.
        """
        kept, rows = taken.kept, [self._row(watch, one) for one in taken.said if one.rule not in _NOT_LOGGED]
        if news:
            if kept.silence.standing is not Standing.FINE:
                self._heard_anew.add(watch.beside)
            heard = silent.hear(kept.silence, at_ms=min(reading.at_ms, pack.received_ms))
            kept = msgspec.structs.replace(kept, silence=heard)
            kept, verdict = self._compared(watch, kept, reading)
            rows += [self._row(watch, verdict)] if verdict is not None else []
        self._put(reading.probe, kept)
        for verdict in taken.told:
            self._records.say(watch.place, watch.placement.unit, Told(reading.at_ms, verdict))
        if taken.checkpoint is not None:
            self._records.check(watch.place, taken.checkpoint)
        if taken.late:
            self._records.late(watch.place, reading.at_ms, position=pack.position)
        return rows

    def _compared(self, watch: Watch, kept: Kept, reading: Reading) -> tuple[Kept, Verdict | None]:
        """Judge whether the voice is stuck, by what another probe inside its unit measures at the time."""
        others = self._watches.inside(watch, reading.at_ms) if watch.terms.judged else []
        if not others or reading.value is None:
            return kept, None
        state, verdict = stuck.step(
            kept.stuck,
            at_ms=reading.at_ms,
            celsius=reading.value,
            beside=self._beside(others, reading.at_ms),
            longest_gap_s=watch.terms.longest_gap_s,
            level=watch.terms.blind_level,
        )
        first_word = kept.stuck.standing is Standing.UNKNOWN and state.standing is Standing.FINE
        return msgspec.structs.replace(kept, stuck=state), None if first_word else verdict

    def _beside(self, others: Iterable[ProbeUrn], at_ms: int) -> float | None:
        for probe in others:
            latest = self._memory.latest(probe)
            if latest is not None and latest.ok_at_ms is not None and abs(at_ms - latest.ok_at_ms) <= _BESIDE_MS:
                return latest.ok_value
        return None

    def hear(self, unit: UnitId, at_ms: int) -> None:
        """Note that people told something of the milk in a unit, or took it back: where its voice has come farther,
        the timeline is to be judged anew from there."""
        for watch in self._watches.in_unit(unit, at_ms):
            kept = self._heard_here(watch)
            come_ms = None if kept is None else kept.settled.last_ms
            if watch.terms.milk is not None and come_ms is not None and at_ms <= come_ms:
                self._records.late(watch.place, at_ms, position=0)

    def take_over(self, offer: Offer) -> None:
        """Go on from a course that late readings were worked into, where nothing is said by doing so."""
        kept = self._memory.of(offer.place[0])
        after = None if kept is None else taken_over(kept, offer)
        if after is not None:
            self._put(offer.place[0], after)
            self._records.took(offer)

    def power(self, mains: Mains) -> Iterator[VerdictRow]:
        """Say of every unit of a device what has changed about its power; the voice of the unit speaks for it."""
        self._records.power(mains)
        for watch in self._watches.at(self._now_ms) if mains.verdicts else ():
            if watch.voice and watch.placement.device == mains.device:
                for verdict in mains.verdicts:
                    yield self._row(watch, verdict)

    def _put(self, probe: ProbeUrn, kept: Kept) -> None:
        before = self._memory.of(probe)
        self._memory.put(probe, kept)
        if before is None or before.course.small is not kept.course.small:
            self._records.settle(kept)

    def silence(self, *, everywhere: bool) -> Iterator[VerdictRow]:
        """Judge silence where it is missed: everywhere, or only where a probe was heard anew.

        While a unit's voice is silent, its device's other probes are not asked.
        """
        for watch in sorted(self._listened_to(everywhere=everywhere), key=lambda watch: not watch.voice):
            kept = self._heard_here(watch)
            if kept is None or self._is_not_asked(watch):
                continue
            after, verdict = silent.step(
                kept.silence,
                now_ms=self._now_ms,
                listening_since_ms=self._listening_since_ms,
                after_s=watch.silent_after_s,
                level=watch.terms.blind_level,
            )
            if after is not kept.silence:
                self._memory.put(watch.placement.probe, msgspec.structs.replace(kept, silence=after))
            if verdict is not None:
                yield self._row(watch, verdict)
            if after.standing is Standing.BREACH:
                self._silent_voices.add(watch.beside)

    def next_ms(self, *, everywhere: bool) -> int:
        """Return when silence is full if nothing more is heard, or a placement begins or ends, whichever is first.

        Not `everywhere`, return when silence is full where a probe was heard anew.
        """
        found = [(self._watches.next_change_ms(self._now_ms) if everywhere else None) or _NEVER_MS]
        for watch in self._listened_to(everywhere=everywhere):
            kept = self._heard_here(watch)
            if kept is None or self._is_not_asked(watch):
                continue
            due_ms = silent.due_ms(
                kept.silence, listening_since_ms=self._listening_since_ms, after_s=watch.silent_after_s
            )
            if due_ms is not None:
                found.append(due_ms)
        return min(found)

    def withdrawals(self) -> Iterator[VerdictRow]:
        """Forget what no watch asks for any more: a probe was moved, or is judged by other terms from now on.

        A breach that stood there is withdrawn, so that nobody waits for its end.
        """
        for probe, kept in self._memory.all():
            # A placement that begins later than now is no reason: the server's clock may be behind.
            watch = self._watches.of(probe, max(self._now_ms, kept.from_ms))
            if watch is None or not kept.is_in(watch.placement):
                yield from self._withdrawn(probe, kept, but=_NO_RULES)
                self._memory.drop(probe)
            elif kept.terms != watch.terms_key:
                yield from self._withdrawn(probe, kept, but=rules(watch.terms))
                since_ms = kept.from_ms if kept.course.last_ms is None else kept.course.last_ms + 1
                self._memory.put(probe, self._begun(watch, kept, since_ms=since_ms))

    def _begun(self, watch: Watch, before: Kept | None, *, since_ms: int) -> Kept:
        """Return a course that begins: in a new place, or, where it was `before` in the same, by other terms."""
        change = Change(place=watch.place, since_ms=since_ms, key=watch.terms_key, terms=watch.terms)
        self._records.judge_by(change)
        place = watch.placement
        kept = Kept(site=watch.site, unit=place.unit, from_ms=place.from_ms, terms=watch.terms_key)
        if before is None:
            return msgspec.structs.replace(kept, course=self._handed_on(watch))
        return msgspec.structs.replace(kept, silence=before.silence, course=begun_anew(before.settled))

    def _handed_on(self, watch: Watch) -> Course:
        """Return the course of a probe that is new in a unit: what a fellow has learnt of it, and the milk in it."""
        if watch.terms.judged:
            for other in self._watches.fellows(watch):
                kept = self._memory.of(other)
                if kept is not None and kept.unit == watch.placement.unit and kept.settled.curve.last is not None:
                    return begun_anew(kept.settled)
        return Course()

    def _heard_here(self, watch: Watch) -> Kept | None:
        """Return what is carried of a probe in its present place."""
        kept = self._memory.of(watch.placement.probe)
        return kept if kept is not None and kept.is_in(watch.placement) else None

    def _listened_to(self, *, everywhere: bool) -> list[Watch]:
        """Return every watch of now, or those that share unit and device with one that was heard anew."""
        if everywhere:
            return self._watches.at(self._now_ms)
        return [watch for beside in self._heard_anew for watch in self._watches.beside(beside, self._now_ms)]

    def _is_not_asked(self, watch: Watch) -> bool:
        return not watch.missed or (not watch.voice and watch.beside in self._silent_voices)

    def _withdrawn(self, probe: ProbeUrn, kept: Kept, *, but: Collection[str]) -> Iterator[VerdictRow]:
        """Withdraw every breach that stands there, `but` those of rules that go on; where none do, silence too."""
        standings = kept.course.standings if but else {**kept.course.standings, **_of_more(kept)}
        for rule, standing in standings.items():
            if standing is Standing.BREACH and rule not in but and rule not in _NOT_LOGGED:
                verdict = _withdrawal(rule, now_ms=self._now_ms)
                yield verdict_row(verdict, site=kept.site, unit=kept.unit, subject=probe, learnt_ms=self._now_ms)

    def _row(self, watch: Watch, verdict: Verdict) -> VerdictRow:
        place = watch.placement
        return verdict_row(verdict, site=watch.site, unit=place.unit, subject=place.probe, learnt_ms=self._now_ms)


def _of_more(kept: Kept) -> dict[str, Standing]:
    """Return where the rules stand that rest on more than the readings of one probe."""
    return {silent.NAME: kept.silence.standing, stuck.NAME: kept.stuck.standing}


def _withdrawal(rule: str, *, now_ms: int) -> Verdict:
    return Verdict(
        rule=rule,
        standing=Standing.UNKNOWN,
        level=Level.WARNING,
        why=Why.WITHDRAWN,
        since_ms=now_ms,
        happened_ms=now_ms,
        evidence=Evidence(),
    )
