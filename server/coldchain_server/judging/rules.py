"""The rules that judge a watch: each keeps its state in the memory and says what changed."""

from collections.abc import Iterator
from typing import TypeVar

from coldchain_contract.readings import Reading
from coldchain_judgement.rules import beyond, fault, silent
from coldchain_judgement.rules.beyond import Beyond
from coldchain_judgement.rules.fault import Faulty
from coldchain_judgement.rules.silent import Silence
from coldchain_judgement.verdicts import Standing, Verdict
from coldchain_server.judging.memory import Kept, Memory
from coldchain_server.judging.watches import Watch

S = TypeVar("S", Beyond, Faulty, Silence)


def names(watch: Watch) -> frozenset[str]:
    """Return the names of the rules that judge `watch`."""
    return frozenset({silent.NAME, fault.NAME, *map(beyond.name_of, watch.limits)})


def judged(watch: Watch, reading: Reading, memory: Memory) -> Iterator[Verdict]:
    """Judge one reading by every rule that judges readings, in this order; a rule is one line here."""
    yield from _fault(watch, reading, memory)
    yield from _beyond(watch, reading, memory)


def hear(watch: Watch, reading: Reading, memory: Memory, *, received_ms: int) -> bool:
    """Note that a probe was heard; True where it had not stood as heard. A clock that is ahead is heard on receipt."""
    before = _state(watch, silent.NAME, Silence(), memory)
    after = silent.hear(before, at_ms=min(reading.at_ms, received_ms))
    _keep(watch, silent.NAME, before, after, memory)
    return before.standing is not Standing.FINE


def silence(watch: Watch, memory: Memory, *, now_ms: int, listening_since_ms: int) -> Verdict | None:
    """Judge the silence of one probe at `now_ms`."""
    before = heard_state(watch, memory)
    after, verdict = silent.step(
        before,
        now_ms=now_ms,
        listening_since_ms=listening_since_ms,
        after_s=watch.silent_after_s,
        level=watch.blind_level,
    )
    _keep(watch, silent.NAME, before, after, memory)
    return verdict


def heard_state(watch: Watch, memory: Memory) -> Silence:
    """Return what is remembered of when a probe was heard in its place."""
    return _state(watch, silent.NAME, Silence(), memory)


def _fault(watch: Watch, reading: Reading, memory: Memory) -> Iterator[Verdict]:
    before = _state(watch, fault.NAME, Faulty(), memory)
    after, verdict = fault.step(
        before,
        at_ms=reading.at_ms,
        quality=reading.quality,
        after_s=watch.profile.fault_after_s,
        longest_gap_s=watch.longest_gap_s,
        level=watch.blind_level,
    )
    _keep(watch, fault.NAME, before, after, memory)
    if verdict is not None:
        yield verdict


def _beyond(watch: Watch, reading: Reading, memory: Memory) -> Iterator[Verdict]:
    for limit in watch.limits:
        name = beyond.name_of(limit)
        before = _state(watch, name, Beyond(), memory)
        after, verdict = beyond.step(
            before,
            limit,
            at_ms=reading.at_ms,
            celsius=reading.value,
            longest_gap_s=watch.longest_gap_s,
            profile=watch.profile.name,
        )
        _keep(watch, name, before, after, memory)
        if verdict is not None:
            yield verdict


def _state(watch: Watch, rule: str, new: S, memory: Memory) -> S:
    """Return the rule's state on a probe in its present place, where a moved probe begins as `new`."""
    kept = memory.state((watch.placement.probe, rule))
    if kept is not None and kept.is_in(watch.placement) and isinstance(kept.state, type(new)):
        return kept.state
    return new


def _keep(watch: Watch, rule: str, before: S, after: S, memory: Memory) -> None:
    if after is not before:
        place = watch.placement
        kept = Kept(site=watch.site, unit=place.unit, from_ms=place.from_ms, state=after)
        memory.put((place.probe, rule), kept)
