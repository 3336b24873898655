"""What is told of milk: by what was found, or by what is known when a message leaves, the graver of both. Pure."""

from collections.abc import Callable
from types import MappingProxyType

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.saying import part_before
from coldchain_server.fleet.milk import milk_terms
from coldchain_server.fleet.model import Site, Unit


class MilkSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of the milk in a unit; `boils`: that it is boiled before drinking is said too."""

    advice: Advice
    boils: bool


def says_boil(advice: Advice, milk: MilkSaid | None) -> bool:
    """Return whether boiling before drinking is said beside an advice: not of what says so itself, or is for nobody."""
    return milk is not None and milk.boils and advice.action not in _WITHOUT_BOILING


_WITHOUT_BOILING = (Action.SELL, Action.BOIL_OR_FERMENT, Action.NOT_FOR_DRINKING)

Milks = Callable[[Session, Unit, int], MilkSaid | None]
"""Returns what is said of the milk in a unit at an instant; None where nobody knows of any, or none is kept there."""


def unknown(_session: Session, _unit: Unit, _now_ms: int) -> MilkSaid | None:
    """Return that nothing is known of any milk."""
    return None


def time_left(level: Level, until_ms: int | None, milk: MilkSaid | None, *, site: Site, now_ms: int) -> Advice:
    """Return what may be done by now with milk whose time runs out, however long the message has waited.

    `level` and `until_ms` are as that was found: until when it has under 10^6 a ml at worst, None where nobody could
    say. Where the milk has warmed since, or nothing was heard of it, `milk` says so.
    """
    found = _as_found(level, until_ms, site=site, now_ms=now_ms)
    if milk is None or _GRAVITY[milk.advice.action] < _GRAVITY[found.action]:
        return found
    return milk.advice


def for_nobody(advice: Advice, milk: MilkSaid | None) -> Advice:
    """Return the advice on what is wrong with a unit, or that its milk is for nobody where it is about its milk.

    Nobody tests milk that is past its time: a test that is passed makes nothing good.
    """
    if milk is not None and milk.advice.action is Action.NOT_FOR_DRINKING and advice.action in _OF_THE_MILK:
        return milk.advice
    return advice


def with_milk(wrong: Advice | None, milk: MilkSaid | None) -> Advice | None:
    """Return the one thing to do in a unit of which `wrong` is what is wrong, if anything, and `milk` what is in it.

    Milk that wants something done comes first, then what is wrong, then until when the milk is good.
    """
    if milk is None or (wrong is not None and _GRAVITY[milk.advice.action] < _GRAVITY[Action.BOIL_OR_FERMENT]):
        return wrong
    return milk.advice


_OF_THE_MILK = (Action.NOTHING, Action.KEEP_CLOSED, Action.KEEP_CLOSED_AND_TEST, Action.TEST_BEFORE_SELLING)


def _as_found(level: Level, until_ms: int | None, *, site: Site, now_ms: int) -> Advice:
    in_curfew = site.in_curfew(site.local(now_ms).time())
    if level is Level.CRITICAL or (until_ms is not None and now_ms >= until_ms):
        return Advice(action=Action.NOT_FOR_DRINKING, when=When.NOW, stay_inside=in_curfew)
    if until_ms is None:
        return Advice(action=Action.TEST_BEFORE_SELLING, when=When.NOW, stay_inside=in_curfew)
    part = part_before(until_ms, milk_terms(site, None), at_ms=now_ms)
    if part is None:
        return Advice(action=Action.BOIL_OR_FERMENT, when=When.NOW, stay_inside=in_curfew)
    return Advice(action=Action.KEEP_CLOSED if in_curfew else Action.SELL, when=part, stay_inside=in_curfew)


_GRAVITY = MappingProxyType(
    {
        **dict.fromkeys(Action, 0),
        Action.KEEP_CLOSED: 1,
        Action.SELL: 1,
        Action.BOIL_OR_FERMENT: 2,
        Action.TEST_BEFORE_SELLING: 3,
        Action.NOT_FOR_DRINKING: 4,
    }
)
