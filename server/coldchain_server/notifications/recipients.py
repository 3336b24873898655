"""Who hears of what, and in which order. Pure; each decision has its reason."""

import enum
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import msgspec

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.escalation import SUPERVISOR_S, escalation_of
from coldchain_server.fleet.model import Contact, EscalationStep, Fleet, Role
from coldchain_server.notifications.escalating import Step
from coldchain_server.notifications.news import Change, Daily, Kind, News, Standing

_OF_EQUIPMENT = frozenset(
    {Why.SILENT, Why.PROBE_FAULT, Why.JUMP, Why.STUCK, Why.COOLS_SLOWLY, Why.SITE_SILENT, Why.TOO_SMALL}
)
_OPENINGS = (Change.OPENED, Change.REOPENED, Change.OUTAGE)


class Hearing(enum.Enum):
    """Why some or no people hear of a piece of news."""

    TOLD = "they hear of it"
    NOBODY = "nobody among the contacts hears of it"
    ANSWERED = "somebody has answered; that is shown on the pages"
    NOBODY_ELSE = "whoever was told of it has answered it"
    SAME_CAUSE = "another incident of the unit goes on that says the same"
    WORSE_SINCE = "it has become worse since; that is told instead"
    COVERED = "a mute or a larger cause covers it"
    WARNING_OVER = "that a warning is over is shown on the pages"
    OVER_BEFORE_TOLD = "it was over before anybody was told"
    OLD = "it is over, and too old to be news"
    WITHDRAWN = "nobody judges it any more, which says nothing of the milk; it is on the pages"
    TOLD_OTHERWISE = "the person was told by another channel"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The sites that an incident is of, and those of them that are known to be without power."""

    sites: tuple[SiteId, ...]
    powerless: frozenset[SiteId] = frozenset()


SAYS_SALES: Mapping[Kind, bool] = MappingProxyType(dict.fromkeys([*Change, *Daily], False))
"""Which kinds of messages hold sales figures. None does; a kind that is added has to say so here."""


def may_hear(contact: Contact, kind: Kind, says_sales: Mapping[Kind, bool] = SAYS_SALES) -> bool:
    """Whether a person may be told a message of this kind: a shared phone gets no sales figures."""
    return not (contact.shared and says_sales[kind])


def silence_of(news: News, standing: Standing, *, age_s: float, expires_s: int) -> Hearing | None:
    """Return why nobody needs to hear of a change, or None.

    What goes on is told once however late; what is over is told while it is news, and only where it was critical.
    """
    if news.withdrawn:
        return Hearing.WITHDRAWN
    if news.change in _OPENINGS:
        return silence_of_opened(standing)
    if news.change is Change.RESOLVED:
        return _silence_of_resolved(news, standing, old=age_s > expires_s)
    warning = news.change is Change.ACKNOWLEDGED and news.level is not Level.CRITICAL
    return Hearing.ANSWERED if warning else None


def _silence_of_resolved(news: News, standing: Standing, *, old: bool) -> Hearing | None:
    if standing.same_goes_on:
        return Hearing.SAME_CAUSE
    if news.level is not Level.CRITICAL:
        return Hearing.WARNING_OVER
    return Hearing.OLD if old else None


def silence_of_opened(standing: Standing) -> Hearing | None:
    """Return why what is open needs no word, or no further one."""
    if standing.worse_since:
        return Hearing.WORSE_SINCE
    if standing.answered:
        return Hearing.ANSWERED
    if standing.covered:
        return Hearing.COVERED
    return Hearing.OVER_BEFORE_TOLD if standing.over else None


def steps_for(news: News, scope: Scope, fleet: Fleet) -> tuple[Step, ...]:
    """Return who hears that something is wrong, step by step; empty where nobody does.

    A warning goes on to the next only where nobody was reached. What is wrong with several sites, or with the way
    people are told, is for those who look after them, and for whom the power is known to be out.
    """
    if news.why is Why.CHANNEL_DEAD:
        return _tended(scope, fleet, first=Role.ADMIN, then=Role.TECHNICIAN, after_s=None)
    if news.why is Why.OUTAGE:
        return _outage(news, scope, fleet)
    if news.why is Why.TOO_SMALL:
        return _steps(fleet, [(0, _of_role(fleet, Role.TECHNICIAN, scope.sites))])
    listed = escalation_of(fleet, news.site.id)
    if news.level is Level.CRITICAL:
        return _steps(fleet, [(step.after_s, step.contacts) for step in listed])
    return _warned(news, listed, fleet)


def past_for(news: News, scope: Scope, fleet: Fleet) -> tuple[Contact, ...]:
    """Return who hears of what was over before anybody knew: the first of the site, and its technicians."""
    first = escalation_of(fleet, news.site.id)[:1]
    told = [contact for step in first for contact in step.contacts]
    return _people(fleet, [*told, *_of_role(fleet, Role.TECHNICIAN, scope.sites)])


def others_told(told: Collection[str], *, who: str, fleet: Fleet) -> tuple[Contact, ...]:
    """Return whoever was told and is not the one who answered, by their contact's ID or name."""
    return tuple(one for one in fleet.contacts if one.id in told and who not in (one.id, one.name))


def _warned(news: News, listed: tuple[EscalationStep, ...], fleet: Fleet) -> tuple[Step, ...]:
    first = listed[0].contacts if listed else ()
    if news.why in _OF_EQUIPMENT:
        first = (*first, *_of_role(fleet, Role.TECHNICIAN, (news.site.id,)))
    told = set(first)
    later = [(None, tuple(one for one in step.contacts if one not in told)) for step in listed[1:]]
    return _steps(fleet, [(0, first), *later])


def _outage(news: News, scope: Scope, fleet: Fleet) -> tuple[Step, ...]:
    first = list(_of_role(fleet, Role.TECHNICIAN, scope.sites))
    for site in sorted(scope.powerless):
        first += [contact for step in escalation_of(fleet, site)[:1] for contact in step.contacts]
    critical = news.level is Level.CRITICAL
    return _steps(fleet, [(0, first), (SUPERVISOR_S if critical else None, _of_role(fleet, Role.ADMIN, scope.sites))])


def _tended(scope: Scope, fleet: Fleet, *, first: Role, then: Role, after_s: int | None) -> tuple[Step, ...]:
    return _steps(fleet, [(0, _of_role(fleet, first, scope.sites)), (after_s, _of_role(fleet, then, scope.sites))])


def _of_role(fleet: Fleet, role: Role, sites: Collection[SiteId]) -> tuple[str, ...]:
    return tuple(one.id for one in fleet.contacts if one.role is role and not set(sites).isdisjoint(one.sites))


def _steps(fleet: Fleet, listed: Iterable[tuple[int | None, Collection[str]]]) -> tuple[Step, ...]:
    steps = [Step(after_s=after_s, contacts=_people(fleet, names)) for after_s, names in listed]
    return tuple(step for step in steps if step.contacts)


def _people(fleet: Fleet, names: Collection[str]) -> tuple[Contact, ...]:
    """Return the contacts of some names, each once, in that order."""
    known = {one.id: one for one in fleet.contacts}
    return tuple(known[name] for name in dict.fromkeys(names) if name in known)
