"""What is answered to a reading by SMS, in one SMS and the person's language. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from coldchain_judgement.limits import Limit, Side
from coldchain_server.fleet.model import Unit
from coldchain_server.notifications.sms import room_left, septets, spelt_in_gsm
from coldchain_server.sources.catalogue import Answers
from coldchain_server.sources.hand import Refusal

_LONGEST_NAME = 24


class Answering:
    """Speaks one language. Inside a site's curfew, what asks somebody to go to a cooler ends with not going out."""

    def __init__(self, words: Answers) -> None:
        self._words = words

    def taken(
        self, unit: Unit, celsius: float, *, at: datetime, undo_minutes: int, beyond: Limit | None, stay: bool
    ) -> str:
        """Return that a reading was noted at local time `at`, and what to do about one `beyond` a limit."""
        said = self._words.taken.format(
            unit=_name(unit), celsius=self.number(celsius), time=f"{at:%H:%M}", minutes=undo_minutes
        )
        advice = [] if beyond is None else [self._advice(beyond)]
        return " ".join([said, *advice, *([self._words.stay_inside] if stay else [])])

    def undone(self, unit: Unit, celsius: float) -> str:
        return self._words.undone.format(unit=_name(unit), celsius=self.number(celsius))

    def nothing_to_undo(self) -> str:
        return self._words.nothing_to_undo

    def unusual(self, unit: Unit, celsius: float, text: str) -> str:
        """Return the question back; `text` is what was sent, to be sent again."""
        again = " ".join((spelt_in_gsm(text) or self.number(celsius)).split())[:_LONGEST_NAME]
        return self._words.unusual.format(unit=_name(unit), celsius=self.number(celsius), again=again)

    def refused(self, why: Refusal, unit: Unit, celsius: float) -> str:
        return self._words.refused[why].format(unit=_name(unit), celsius=self.number(celsius))

    def puzzled(self, units: Sequence[Unit], *, has_value: bool) -> str:
        """Return how to write a reading, naming as many of `units` as one SMS holds."""
        if not units:
            return self._words.nowhere
        if not has_value:
            return self._words.help
        example = f"{units[0].id} 4{self._words.decimal}5"
        rest = self._words.which.format(example=example, units="")
        return self._words.which.format(example=example, units=listed(units, room_left(rest)))

    def number(self, celsius: float) -> str:
        return f"{celsius:.1f}".replace(".", self._words.decimal)

    def _advice(self, limit: Limit) -> str:
        words = self._words.above if limit.side is Side.ABOVE else self._words.below
        return words.format(limit=f"{limit.celsius:g}".replace(".", self._words.decimal))


def _name(unit: Unit) -> str:
    return (spelt_in_gsm(unit.name) or unit.id)[:_LONGEST_NAME]


def listed(units: Iterable[Unit], room: int) -> str:
    """Return the IDs of as many units as `room` septets hold."""
    said = ""
    for unit in units:
        longer = f"{said}, {unit.id}" if said else unit.id
        if (septets(longer) or 0) > room:
            break
        said = longer
    return said
