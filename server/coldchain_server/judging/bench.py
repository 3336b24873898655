"""The bench: judges packs as they come, silence by the clock, and withdraws what nobody judges any more."""

from collections.abc import Iterator

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn, UnitId
from coldchain_judgement.limits import Level
from coldchain_judgement.rules import silent
from coldchain_judgement.verdicts import Evidence, Standing, Verdict, Why
from coldchain_server.judging import rules
from coldchain_server.judging.memory import Kept, Key, Memory
from coldchain_server.judging.watches import Watch, Watches
from coldchain_server.ledger.tables import VerdictRow
from coldchain_server.spool.model import Spooled

_NEVER_MS = 2**63 - 1


class Bench:
    """Judges at one instant: everything it is given goes into the memory, what changed comes back as rows."""

    def __init__(self, watches: Watches, memory: Memory, *, now_ms: int, listening_since_ms: int) -> None:
        self._watches, self._memory = watches, memory
        self._now_ms, self._listening_since_ms = now_ms, listening_since_ms
        self._silent_voices: set[tuple[UnitId, DeviceId]] = set()
        self._heard_anew: set[tuple[UnitId, DeviceId]] = set()

    @property
    def heard_anew(self) -> bool:
        """Return whether any probe was heard that had not stood as heard."""
        return bool(self._heard_anew)

    def pack(self, pack: Spooled) -> Iterator[VerdictRow]:
        """Judge the readings of a pack, oldest first.

        A late reading, or one from a place that its probe has left, is remembered where it is the newest, and judged
        by no rule: it is no news.
        """
        for _, reading in sorted(pack.readings, key=lambda numbered: numbered[1].at_ms):
            self._memory.see(reading, received_ms=pack.received_ms, estimated=pack.estimated)
            watch = self._watches.of(reading.probe, reading.at_ms)
            if watch is None or watch.late(reading.at_ms, pack.received_ms) or watch.has_ended(self._now_ms):
                continue
            kept = self._memory.state((reading.probe, silent.NAME))
            if kept is not None and not kept.is_in(watch.placement):
                if kept.from_ms > watch.placement.from_ms:
                    continue
                yield from self._withdrawals_of(reading.probe)
            if rules.hear(watch, reading, self._memory, received_ms=pack.received_ms):
                self._heard_anew.add(watch.beside)
            for verdict in rules.judged(watch, reading, self._memory):
                yield self._row(watch, verdict)

    def silence(self, *, everywhere: bool) -> Iterator[VerdictRow]:
        """Judge silence where it is missed: everywhere, or only where a probe was heard anew.

        While a unit's voice is silent, its device's other probes are not asked.
        """
        for watch in sorted(self._listened_to(everywhere=everywhere), key=lambda watch: not watch.voice):
            if self._is_not_asked(watch):
                continue
            verdict = rules.silence(
                watch, self._memory, now_ms=self._now_ms, listening_since_ms=self._listening_since_ms
            )
            if verdict is not None:
                yield self._row(watch, verdict)
            if rules.heard_state(watch, self._memory).standing is Standing.BREACH:
                self._silent_voices.add(watch.beside)

    def next_ms(self, *, everywhere: bool) -> int:
        """Return when silence is full if nothing more is heard, or a placement begins or ends, whichever is first.

        Not `everywhere`, return when silence is full where a probe was heard anew.
        """
        found = [(self._watches.next_change_ms(self._now_ms) if everywhere else None) or _NEVER_MS]
        for watch in self._listened_to(everywhere=everywhere):
            heard = rules.heard_state(watch, self._memory)
            due_ms = silent.due_ms(heard, listening_since_ms=self._listening_since_ms, after_s=watch.silent_after_s)
            if due_ms is not None and not self._is_not_asked(watch):
                found.append(due_ms)
        return min(found)

    def withdrawals(self) -> Iterator[VerdictRow]:
        """Forget what no watch asks for any more: a probe was moved, a limit taken out of the profile.

        A breach that stood there is withdrawn, so that nobody waits for its end.
        """
        for key, kept in self._memory.states():
            if not self._is_wanted(key, kept):
                yield from self._withdrawal(key, kept)

    def _withdrawals_of(self, probe: ProbeUrn) -> Iterator[VerdictRow]:
        """Forget all of a probe that is heard from its next place before the server's own clock says that it moved."""
        for key, kept in self._memory.states():
            if key[0] == probe:
                yield from self._withdrawal(key, kept)

    def _withdrawal(self, key: Key, kept: Kept) -> Iterator[VerdictRow]:
        self._memory.drop(key)
        if kept.breached:
            yield self._withdrawn(key, kept)

    def _listened_to(self, *, everywhere: bool) -> list[Watch]:
        """Return every watch of now, or those that share unit and device with one that was heard anew."""
        if everywhere:
            return self._watches.at(self._now_ms)
        return [watch for beside in self._heard_anew for watch in self._watches.beside(beside, self._now_ms)]

    def _is_not_asked(self, watch: Watch) -> bool:
        return not watch.missed or (not watch.voice and watch.beside in self._silent_voices)

    def _is_wanted(self, key: Key, kept: Kept) -> bool:
        # A placement that begins later than now is no reason: the server's clock may be behind.
        watch = self._watches.of(key[0], max(self._now_ms, kept.from_ms))
        return watch is not None and kept.is_in(watch.placement) and key[1] in rules.names(watch)

    def _row(self, watch: Watch, verdict: Verdict) -> VerdictRow:
        place = watch.placement
        return _row(verdict, site=watch.site, unit=place.unit, subject=place.probe, learnt_ms=self._now_ms)

    def _withdrawn(self, key: Key, kept: Kept) -> VerdictRow:
        verdict = Verdict(
            rule=key[1],
            standing=Standing.UNKNOWN,
            level=Level.WARNING,
            why=Why.WITHDRAWN,
            since_ms=self._now_ms,
            happened_ms=self._now_ms,
            evidence=Evidence(),
        )
        return _row(verdict, site=kept.site, unit=kept.unit, subject=key[0], learnt_ms=self._now_ms)


def _row(verdict: Verdict, *, site: str, unit: str, subject: str, learnt_ms: int) -> VerdictRow:
    return VerdictRow(
        site=site,
        unit=unit,
        subject=subject,
        rule=verdict.rule,
        standing=verdict.standing.value,
        level=verdict.level.value,
        reason=verdict.why.value,
        since_ms=verdict.since_ms,
        happened_ms=verdict.happened_ms,
        learnt_ms=learnt_ms,
        evidence=msgspec.json.encode(verdict.evidence).decode(),
    )
