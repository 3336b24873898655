"""What one larger cause explains: a silent device, a silent site, an outage over several sites. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.voices import Voice
from coldchain_server.incidents.likely import Voices
from coldchain_server.incidents.settings import IncidentSettings

SEVERAL = 2
_OF_A_PROBE = (Why.PROBE_FAULT.value, Why.SILENT.value, Why.JUMP.value, Why.STUCK.value)


class Down(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that goes on and that a larger cause may explain. `device` is that of the probe it is of, if any."""

    id: int
    site: str
    unit: str
    subject: str
    reason: str
    since_ms: int
    device: str = ""
    muted: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A larger cause: the reason and subject that name it, its site (empty: several), and the incidents under it.

    `told_of` counts what is under it and not muted: incidents, or, of an outage, sites.
    """

    reason: str
    site: str
    subject: str
    since_ms: int
    members: frozenset[int]
    told_of: int

    @property
    def key(self) -> tuple[str, str]:
        return self.reason, self.subject


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """A site that lost power or is not heard any more: since when, and the incidents that say so.

    What is `muted` says nothing of an outage: somebody works there.
    """

    site: str
    since_ms: int
    members: frozenset[int]
    muted: bool = False


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """An outage that goes on: when each site fell that ever was in it, and which are still down."""

    subject: str
    since_ms: int
    fell_ms: tuple[int, ...]
    down: frozenset[str]


def silent_groups(downs: Iterable[Down], voices: Voices) -> list[Group]:
    """Return the sites of which nothing is heard, and the devices, where that is several incidents."""
    silent = {(down.unit, down.subject): down for down in downs if down.reason == Why.SILENT.value and down.unit}
    groups = []
    for site, at_site in voices.items():
        found = _all_of(silent, at_site)
        if found is not None:
            groups += _group(Why.SITE_SILENT, site, site, found)
            continue
        for device in sorted({voice.device for voice in at_site}):
            found = _all_of(silent, [voice for voice in at_site if voice.device == device])
            groups += _group(Why.SILENT, site, device, found or [])
    return groups


def inhibited(downs: Sequence[Down], voices: Voices) -> dict[int, int]:
    """Return, for each incident of a probe whose device is silent, the incident of that silence."""
    heads = {(down.unit, down.subject): down for down in downs if down.reason == Why.SILENT.value}
    by_device: dict[str, list[Voice]] = defaultdict(list)
    for voice in (voice for at_site in voices.values() for voice in at_site):
        by_device[voice.device].append(voice)
    spoken = {(voice.unit, voice.probe) for at_device in by_device.values() for voice in at_device}
    lost = {device: _all_of(heads, at_device) or [] for device, at_device in by_device.items()}
    found = {}
    for down in downs:
        a_voice = down.reason == Why.SILENT.value and (down.unit, down.subject) in spoken
        if down.reason not in _OF_A_PROBE or not down.device or a_voice:
            continue
        speaking = sorted(lost.get(down.device, ()), key=lambda head: (head.unit != down.unit, head.id))
        if speaking:
            found[down.id] = speaking[0].id
    return found


def falls(downs: Sequence[Down], groups: Mapping[tuple[str, str], int], voices: Voices) -> list[Fall]:
    """Return the sites that lost power, or are silent as a whole, those as the number of their group in `groups`."""
    silent = {(down.unit, down.subject): down for down in downs if down.reason == Why.SILENT.value and down.unit}
    powerless: dict[str, list[Down]] = defaultdict(list)
    for down in downs:
        if down.reason == Why.POWER_LOST.value and down.site:
            powerless[down.site].append(down)
    found = []
    for site, at_site in voices.items():
        unheard, cut = _all_of(silent, at_site) or [], powerless.get(site, [])
        if unheard or cut:
            group = groups.get((Why.SITE_SILENT.value, site)) if unheard else None
            found.append(_fall(site, unheard, cut, group=group))
    return found


def outages(falls: Iterable[Fall], standing: Sequence[Outage], settings: IncidentSettings) -> list[Group]:
    """Return the outages: those that stand with whoever is still down or fell with them, and new ones.

    Sites fall together where each fell at most `together_s` after another of them; `outage_sites` are one cause.
    """
    together_ms = settings.together_s * 1000
    left = sorted(falls, key=lambda fall: (fall.since_ms, fall.site))
    groups = []
    for outage in standing:
        mine = {fall.site: fall for fall in left if _fell_with(fall, outage, together_ms)}
        left = [fall for fall in left if fall.site not in mine]
        groups.append(_outage([*mine.values()], subject=outage.subject, since_ms=outage.since_ms))
    for cluster in _clusters([fall for fall in left if not fall.muted], together_ms):
        if len(cluster) >= settings.outage_sites:
            since_ms = cluster[0].since_ms
            groups.append(_outage(cluster, subject=f"{Why.OUTAGE.value}-{since_ms}", since_ms=since_ms))
    return groups


def _all_of(silent: Mapping[tuple[str, str], Down], voices: Sequence[Voice]) -> list[Down] | None:
    """Return the incidents of these voices' silence; None where any of them is heard."""
    found = [silent.get((voice.unit, voice.probe)) for voice in voices]
    return [down for down in found if down is not None] if found and None not in found else None


def _group(why: Why, site: str, subject: str, downs: Sequence[Down]) -> list[Group]:
    """Return the group of some incidents; whether it stands for them, and not one of them alone, `told_of` says."""
    if not downs:
        return []
    return [
        Group(
            reason=why.value,
            site=site,
            subject=subject,
            since_ms=min(down.since_ms for down in downs),
            members=frozenset(down.id for down in downs),
            told_of=sum(not down.muted for down in downs),
        )
    ]


def _fall(site: str, unheard: Sequence[Down], cut: Sequence[Down], *, group: int | None) -> Fall:
    """A site is silent from when the last of it fell silent, and without power from when the first of it said so."""
    heads = [group] if group is not None else [down.id for down in unheard]
    began = [down.since_ms for down in cut] + ([max(down.since_ms for down in unheard)] if unheard else [])
    return Fall(
        site=site,
        since_ms=min(began),
        members=frozenset([*heads, *(down.id for down in cut)]),
        muted=all(down.muted for down in (*unheard, *cut)),
    )


def _fell_with(fall: Fall, outage: Outage, together_ms: int) -> bool:
    return fall.site in outage.down or any(abs(fall.since_ms - at_ms) <= together_ms for at_ms in outage.fell_ms)


def _clusters(falls: Sequence[Fall], together_ms: int) -> list[list[Fall]]:
    clusters: list[list[Fall]] = []
    for fall in falls:
        if clusters and fall.since_ms - clusters[-1][-1].since_ms <= together_ms:
            clusters[-1].append(fall)
        else:
            clusters.append([fall])
    return clusters


def _outage(falls: Sequence[Fall], *, subject: str, since_ms: int) -> Group:
    return Group(
        reason=Why.OUTAGE.value,
        site="",
        subject=subject,
        since_ms=since_ms,
        members=frozenset(member for fall in falls for member in fall.members),
        told_of=sum(not fall.muted for fall in falls),
    )
