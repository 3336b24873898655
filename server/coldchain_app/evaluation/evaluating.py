"""The evaluation: every unit of a generator judged by every rule set, side by side, one a core."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context

import msgspec

from coldchain_app.evaluation import lumped, simulated
from coldchain_app.evaluation.harm import injuries
from coldchain_app.evaluation.ours import Ours
from coldchain_app.evaluation.parameters import Parameters
from coldchain_app.evaluation.rulesets import HALF_AN_HOUR, NOW, Ruleset
from coldchain_app.evaluation.scoring import FalseAlarm, Finding, Score, score
from coldchain_app.evaluation.traces import Trace
from coldchain_judgement.limits import Profile

GENERATORS = ("first", "second")
Progress = Callable[[], None]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule set made of all units together."""

    ruleset: str
    findings: tuple[Finding, ...]
    false: tuple[FalseAlarm, ...]
    alarms: int
    weeks: float


class _Job(msgspec.Struct, frozen=True, kw_only=True):
    generator: str
    unit: int
    parameters: Parameters
    profile: Profile


def rulesets(profile: Profile) -> tuple[Ruleset, ...]:
    """Return the rivals, ours first."""
    return (Ours(profile=profile), NOW, HALF_AN_HOUR)


def simulated_results(
    generator: str, parameters: Parameters, profile: Profile, *, progress: Progress | None = None
) -> list[Result]:
    """Judge all units of a generator, a process a core; `progress` is called for each that is done."""
    jobs = [
        _Job(generator=generator, unit=unit, parameters=parameters, profile=profile) for unit in range(parameters.units)
    ]
    done = []
    # Forked processes would inherit whatever threads held; fresh ones import in a second.
    with ProcessPoolExecutor(max_workers=os.cpu_count() or 1, mp_context=get_context("spawn")) as pool:
        for scores in pool.map(_judged_job, jobs):
            done.append(scores)
            if progress is not None:
                progress()
    return gathered(done, profile)


def trace_of(generator: str, unit: int, parameters: Parameters) -> Trace:
    """Return what one unit of a generator goes through."""
    if generator == "first":
        return simulated.trace_of(unit, parameters.first, parameters.season)
    return lumped.trace_of(unit, parameters.second, parameters.season)


def judged(trace: Trace, profile: Profile) -> list[Score]:
    """Return what each rule set made of a trace."""
    harmed = injuries(trace)
    return [score(trace, harmed, one.alarms(trace.readings)) for one in rulesets(profile)]


def gathered(scores: Sequence[Sequence[Score]], profile: Profile) -> list[Result]:
    """Return the scores of all units by rule set."""
    return [_sum(one.name, [unit[number] for unit in scores]) for number, one in enumerate(rulesets(profile))]


def _judged_job(job: _Job) -> list[Score]:
    return judged(trace_of(job.generator, job.unit, job.parameters), job.profile)


def _sum(name: str, scores: Sequence[Score]) -> Result:
    return Result(
        ruleset=name,
        findings=tuple(chain.from_iterable(one.findings for one in scores)),
        false=tuple(chain.from_iterable(one.false for one in scores)),
        alarms=sum(len(one.alarms) for one in scores),
        weeks=sum(one.weeks for one in scores),
    )
