"""How a unit of the box stands: its light, what is found wrong, and what somebody has answered for. Pure."""

from collections.abc import Collection

import msgspec

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.answering import Answered, Found, answered_all, still_answered, unanswered
from coldchain_device.alarm.scene import Shown
from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light, with_milk
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why

SEVERITY = {Light.GREEN: 0, Light.UNKNOWN: 0, Light.AMBER: 1, Light.RED: 2}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One unit. `light` is by its rules; `milk` is what is to be done with its milk, None where that is not spoken of.

    `asked` is whether it was the server, and nobody at the box, that answered last.
    """

    light: Light = Light.UNKNOWN
    milk: Advice | None = None
    found: tuple[Found, ...] = ()
    answered: Answered = frozenset()
    asked: bool = False

    @property
    def open(self) -> tuple[Found, ...]:
        """What nobody has answered for."""
        return unanswered(self.found, self.answered)

    def shown(self, label: str, *, quiet: bool) -> Shown:
        """Return what is shown; `quiet`: inside a curfew, when nothing can be done about milk whose time is over."""
        worst = self.found[0] if self.found else None
        return Shown(
            label=label,
            light=with_milk(self.light, None if self.milk is None else self.milk.action),
            milk=self.milk,
            heard=bool(self.found) and not self.open,
            shouts=any(_is_loud(one) and not (quiet and one.why is Why.TIME_LEFT) for one in self.open),
            why=worst.why if worst else None,
            level=worst.level if worst else None,
        )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell: raised, cleared, heard or unknown, and of what."""

    change: str
    found: Found | None = None


class KeptUnit(msgspec.Struct, frozen=True, kw_only=True):
    """What the card keeps of a unit over a reboot."""

    answered: tuple[tuple[Why, Level], ...]
    asked: bool = False


Kept = dict[UnitId, KeptUnit]


def _is_loud(found: Found) -> bool:
    return found.level is Level.CRITICAL and not found.blind


def becomes(
    before: Standing, *, light: Light, found: tuple[Found, ...], milk: Advice | None = None
) -> tuple[Standing, tuple[Change, ...]]:
    """Return how a unit stands with that light, these findings and that milk, and what of it is news.

    Each thing that is new or worse is told by itself; else the light, where it changed. What is to be done with the
    milk is shown, and no news: the server knows.
    """
    answered = still_answered(before.answered, found)
    after = Standing(light=light, milk=milk, found=found, answered=answered, asked=before.asked and bool(answered))
    new = unanswered(found, answered_all(before.found))
    if new:
        return after, tuple(Change(change="unknown" if one.blind else "raised", found=one) for one in new)
    if light is before.light:
        return after, ()
    if light is Light.UNKNOWN:
        change = "unknown"
    else:
        change = "raised" if SEVERITY[light] > SEVERITY[before.light] else "cleared"
    return after, (Change(change=change, found=found[0] if found else None),)


def begun(standing: Standing) -> tuple[Change, ...]:
    """Return what is told of a unit when the box begins: how it stands, whatever was told before."""
    if not standing.found:
        return (Change(change="unknown" if standing.light is Light.UNKNOWN else "cleared"),)
    raised = (Change(change="unknown" if one.blind else "raised", found=one) for one in standing.found)
    known = (Change(change="heard", found=one) for one in standing.found if one not in standing.open)
    return (*raised, *known)


def heard(standing: Standing, *, asked: bool, whys: Collection[str] = ()) -> tuple[Standing, tuple[Change, ...]]:
    """Return how a unit stands once somebody has answered for `whys`, or everything; no news where they had already."""
    new = tuple(one for one in standing.open if not whys or one.why.value in whys)
    if not new:
        return standing, ()
    known = frozenset(one for one in standing.answered if one[0] not in {found.why for found in new})
    after = msgspec.structs.replace(standing, answered=known | answered_all(new), asked=asked)
    return after, tuple(Change(change="heard", found=one) for one in new)


def keeping(standings: dict[UnitId, Standing]) -> Kept:
    """Return what the card is to keep."""
    return {
        unit: KeptUnit(answered=tuple(sorted(one.answered, key=str)), asked=one.asked)
        for unit, one in standings.items()
        if one.answered
    }


def recalled(kept: KeptUnit | None) -> Standing:
    """Return how a unit stands before anything of it is known again."""
    return Standing() if kept is None else Standing(answered=frozenset(kept.answered), asked=kept.asked)
