"""Whether a site has good news at six in the morning: all was known that night, and within its limits. Pure."""

import enum
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_server.fleet.model import Site
from coldchain_server.fleet.voices import Voice

TOLD_AT, NIGHT_BEGINS = time(6), time(18)


class Night(enum.Enum):
    """Why there is good news, or none."""

    GOOD = "all was known, and within its limits"
    NO_UNIT = "the site has no unit that anything measures"
    INCIDENT = "an incident went on at some time of the night"
    NOT_MEASURED = "a unit has nothing that tells by itself"
    NOT_KNOWN = "a unit was not heard of lately, or its box did not know the time"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was last heard of a probe: its newest value, and whether its time is only an estimate."""

    ok_ms: int | None
    estimated: bool


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a site's night: its units, who speaks for them, what they said, what went on."""

    units: Collection[UnitId]
    voices: Collection[Voice]
    heard: Mapping[ProbeUrn, Heard]
    fresh_s: Mapping[UnitId, int]
    incidents: int


def night_of(site: Site, day: date) -> tuple[int, int]:
    """Return when the night before a local day began and when its news is told."""
    begins = datetime.combine(day - timedelta(days=1), NIGHT_BEGINS, site.zone)
    return milliseconds(begins), milliseconds(datetime.combine(day, TOLD_AT, site.zone))


def judge(facts: Facts, *, now_ms: int) -> Night:
    """Return whether there is good news at `now_ms`.

    A silence or a fault that lasted is an incident: without any, and with fresh values, nothing was unknown for long.
    """
    if not facts.units:
        return Night.NO_UNIT
    if facts.incidents:
        return Night.INCIDENT
    for unit in facts.units:
        speaking = [voice for voice in facts.voices if voice.unit == unit]
        if not speaking or not all(voice.live for voice in speaking):
            return Night.NOT_MEASURED
        if not all(_known(facts, voice, now_ms=now_ms) for voice in speaking):
            return Night.NOT_KNOWN
    return Night.GOOD


def _known(facts: Facts, voice: Voice, *, now_ms: int) -> bool:
    heard = facts.heard.get(voice.probe)
    if heard is None or heard.ok_ms is None or heard.estimated:
        return False
    return now_ms - heard.ok_ms <= facts.fresh_s[voice.unit] * 1000
