"""What is answered, in the person's language: understood, how things are now, which keys there are. Pure."""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.fleet.model import Site, Unit
from coldchain_server.incidents.handling import Handling
from coldchain_server.notifications.catalogue import PACKAGED, Lexicon, Part
from coldchain_server.notifications.catalogue.readable import Reader, language_for
from coldchain_server.notifications.fitting import Names, cut_to, fitted
from coldchain_server.notifications.milk import MilkSaid, says_boil
from coldchain_server.notifications.sms import room_left, spelt_in_gsm
from coldchain_server.notifications.wording import action_text
from coldchain_server.sources.answering import listed

_LONGEST_NAME = 20


class UnitState(msgspec.Struct, frozen=True, kw_only=True):
    """How a unit is now, what its card says to do, and of its milk; None: nothing is known to do, or of any milk."""

    unit: Unit
    light: Light
    advice: Advice | None = None
    milk: MilkSaid | None = None


class Speaking:
    """Speaks one language, in texts of one SMS each. Inside a curfew whatever is said ends with not going out."""

    def __init__(self, language: str, *, lexicon: Lexicon = PACKAGED) -> None:
        self._words = lexicon.catalogue(language, Part.ANSWERS)
        self._calls = lexicon.catalogue(language, Part.CALLS)

    @classmethod
    def to(cls, person: Reader, lexicon: Lexicon) -> "Speaking":
        """Speak to somebody in the first language they know whose answers may be used, else in French."""
        return cls(language_for(person, lexicon.languages(Part.ANSWERS)).language, lexicon=lexicon)

    @property
    def language(self) -> str:
        """Return the language that is really spoken."""
        return self._words.language

    def understood(
        self, handling: Handling, advice: Advice, *, unit: Unit | None, site: Site, milk: MilkSaid | None = None
    ) -> str:
        """Return what was understood of an answer about a unit, or a whole site, and what to do."""
        said = self._words[f"handling.{handling.value}"]
        return self._of_place("answer.understood", unit, site, advice=advice, milk=milk, handling=said)

    def milk_in(self, milked: Milked, milk: MilkSaid, *, unit: Unit, site: Site) -> str:
        """Return that milk came into a unit, and what to do with what is in it by now."""
        said = self._words[f"milked.{milked.value}"]
        return self._of_place("answer.milk-in", unit, site, advice=milk.advice, milk=milk, milked=said)

    def emptied(self, unit: Unit, site: Site, *, stay: bool) -> str:
        return self._of_place("answer.emptied", unit, site, stay=stay)

    def milk_undone(self, unit: Unit, site: Site, *, stay: bool) -> str:
        return self._of_place("answer.milk-undone", unit, site, stay=stay)

    def which_milk(self, units: Sequence[Unit], *, key: str, stay: bool) -> str:
        """Return how to tell of milk: of which of `units` a code is; where `key` is empty, which codes there are."""
        if not units or not key:
            return self._ended(self._words["answer.milk-help" if units else "answer.no-milk"], stay=stay)
        which, example = self._words["answer.which-milk"], f"L{key} {units[0].id}"
        room = room_left(self._ended(which.format(example=example, units=""), stay=stay))
        return self._ended(which.format(example=example, units=listed(units, room)), stay=stay)

    def state(self, units: Sequence[UnitState], *, stay: bool) -> str:
        """Return how units are now and what to do, as many as one SMS holds, and how many more there are."""
        ending = f" {self._words['stay-inside']}" if stay else ""
        said: list[str] = []
        for place, unit in enumerate(units):
            left = len(units) - place - 1
            held = (form for form in self._state(unit) if room_left(self._listed([*said, form], left, ending)) >= 0)
            one = next(held, None)
            if one is None:
                return self._listed(said, left + 1, ending)
            said.append(one)
        return self._listed(said, 0, ending)

    def _state(self, said: UnitState) -> Iterator[str]:
        """Yield how a unit is, with less and less of what to do."""
        state = self._words["answer.state"].format(
            unit=_name(said.unit), state=self._words[f"state.{said.light.value}"]
        )
        if said.advice is not None:
            advice = msgspec.structs.replace(said.advice, stay_inside=False)  # said once, at the end
            if says_boil(advice, said.milk):
                yield f"{state}. {action_text(self._words, advice, milk=said.milk)}"
            yield f"{state}. {action_text(self._words, advice)}"
        yield f"{state}."

    def _of_place(
        self,
        key: str,
        unit: Unit | None,
        site: Site,
        *,
        advice: Advice | None = None,
        milk: MilkSaid | None = None,
        stay: bool = False,
        **values: str,
    ) -> str:
        """Return a text about a unit, or a whole site; to boil milk gives way where one SMS would not hold it."""

        def text(names: Names, *, milk: MilkSaid | None) -> str:
            place = self._words["place.unit" if unit else "place.site"].format(unit=names.unit, site=names.site)
            action = "" if advice is None else action_text(self._words, advice, milk=milk)
            return self._ended(self._words[key].format(place=place, action=action, **values), stay=stay)

        return fitted(
            [partial(text, milk=said) for said in dict.fromkeys((milk, None))],
            Names(unit=unit.name if unit else "", site=site.name),
            instead=Names(unit=unit.id if unit else "", site=site.id),
        )

    def nothing_open(self, *, stay: bool) -> str:
        return self._ended(self._words["answer.nothing-open"], stay=stay)

    def help(self, *, stay: bool) -> str:
        """Return which answers there are; inside a curfew none that needs a way."""
        return self._ended(self._words["answer.help-in-curfew" if stay else "answer.help"], stay=stay)

    def menu(self, *, stay: bool) -> str:
        """Return which keys there are, to be said in a call."""
        return self._ended(self._calls["call.menu-in-curfew" if stay else "call.menu"], stay=stay)

    def thanks(self) -> str:
        return self._calls["call.thanks"]

    def not_understood(self) -> str:
        return self._calls["call.not-understood"]

    def _ended(self, text: str, *, stay: bool) -> str:
        return f"{text} {self._words['stay-inside']}" if stay else text

    def _listed(self, said: Sequence[str], left: int, ending: str) -> str:
        more = f" {self._words['message.held'].format(held=left)}" if left else ""
        return f"{' '.join(said)}{more}{ending}"


def _name(unit: Unit) -> str:
    return cut_to(spelt_in_gsm(unit.name) or unit.id, _LONGEST_NAME)
