"""What is answered, in the person's language: understood, how things are now, which keys there are. Pure."""

from collections.abc import Sequence

from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_server.fleet.model import Site, Unit
from coldchain_server.incidents.handling import Handling
from coldchain_server.notifications.catalogue import PACKAGED, Lexicon, Part
from coldchain_server.notifications.catalogue.readable import Reader, language_for
from coldchain_server.notifications.fitting import Names, cut_to, fitted
from coldchain_server.notifications.sms import room_left, spelt_in_gsm
from coldchain_server.notifications.wording import action_text

_LONGEST_NAME = 20


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

    def understood(self, handling: Handling, advice: Advice, *, unit: Unit | None, site: Site) -> str:
        """Return what was understood of an answer about a unit, or a whole site, and what to do."""
        said = self._words[f"handling.{handling.value}"]
        action = action_text(self._words, advice)

        def text(names: Names) -> str:
            place = self._words["place.unit" if unit else "place.site"].format(unit=names.unit, site=names.site)
            return self._words["answer.understood"].format(place=place, handling=said, action=action)

        return fitted(
            [text],
            Names(unit=unit.name if unit else "", site=site.name),
            instead=Names(unit=unit.id if unit else "", site=site.id),
        )

    def state(self, units: Sequence[tuple[Unit, Light]], *, stay: bool) -> str:
        """Return how units are now, as many as one SMS holds, and how many more there are."""
        ending = f" {self._words['stay-inside']}" if stay else ""
        said: list[str] = []
        for place, (unit, light) in enumerate(units):
            one = self._words["answer.state"].format(unit=_name(unit), state=self._words[f"state.{light.value}"])
            left = len(units) - place - 1
            if said and room_left(self._listed([*said, one], left, ending)) < 0:
                return self._listed(said, left + 1, ending)
            said.append(one)
        return self._listed(said, 0, ending)

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
        return f"{'. '.join(said)}.{more}{ending}"


def _name(unit: Unit) -> str:
    return cut_to(spelt_in_gsm(unit.name) or unit.id, _LONGEST_NAME)
