"""The light of a unit, from how each rule stands on it: the same on the box and on the pages."""

import enum
from collections.abc import Iterable

from coldchain_judgement.advice import Action
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import FINDINGS, Standing, Verdict, Why

_BLIND = (Why.SILENT, Why.SITE_SILENT, Why.OUTAGE, Why.PROBE_FAULT, Why.STUCK)


class Light(enum.Enum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"  # blinks


def light_of(standings: Iterable[Verdict | None]) -> Light:
    """Return the light for the last verdict of every rule that judges a unit; None is a rule without one so far.

    Whoever cannot see says so before anything else: silence or a faulty probe that is critical, because it is the one
    the milk is judged by, is unknown, and so is a unit that no rule has spoken on. Beside a probe that measures,
    silence and faults are worth amber. A finding changes no light.
    """
    verdicts = tuple(one for one in standings if one is None or one.why not in FINDINGS)
    breaches = [verdict for verdict in verdicts if verdict is not None and verdict.standing is Standing.BREACH]
    critical = [verdict for verdict in breaches if verdict.level is Level.CRITICAL]
    if any(verdict.why in _BLIND for verdict in critical):
        return Light.UNKNOWN
    if critical:
        return Light.RED
    if breaches:
        return Light.AMBER
    fine = all(verdict is not None and verdict.standing is Standing.FINE for verdict in verdicts)
    return Light.GREEN if verdicts and fine else Light.UNKNOWN


def with_milk(light: Light, action: Action | None) -> Light:
    """Return the light of a unit once what is to be done with its milk is seen too; None: there is none to speak of.

    Milk that is not for drinking is red, milk that is to be boiled now or tested amber, however well it is kept. It
    makes no light green: whoever cannot see goes on saying so.
    """
    milk = _OF_MILK.get(action) if action is not None else None
    return light if milk is None or light is Light.UNKNOWN or light is Light.RED else milk


_OF_MILK = {
    Action.NOT_FOR_DRINKING: Light.RED,
    Action.BOIL_OR_FERMENT: Light.AMBER,
    Action.TEST_BEFORE_SELLING: Light.AMBER,
}
