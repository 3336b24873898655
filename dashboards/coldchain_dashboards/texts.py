"""One text for each thing the server can say, in the words of the catalogue. The only place enums become words."""

import enum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from coldchain_contract.readings import Quality
from coldchain_dashboards.saying import plain
from coldchain_judgement.advice import Action, When
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.milk.events import (
    Emptied,
    Event,
    MilkIn,
    MovedIn,
    MovedOut,
    Processed,
    Sold,
    Tested,
    Treated,
)
from coldchain_judgement.milk.kinds import Look, Milked, Process, QualityTest, Species
from coldchain_judgement.milk.saying import Because
from coldchain_judgement.milk.testing import SCALES
from coldchain_judgement.verdicts import Why
from coldchain_server import actions
from coldchain_server.actions import Handling, Refusal
from coldchain_server.fleet.model import Place, Role, UnitKind
from coldchain_server.fleet.source import Confidence
from coldchain_server.freshness.card import Refusal as NoCard
from coldchain_server.queries import Span
from coldchain_server.queries.boxes import State
from coldchain_server.queries.freshness import Holding

STAY_INSIDE = _("Do not go out.")

SAID: dict[enum.Enum, LazyString] = {
    Handling.HEARD: _("I have heard it"),
    Handling.MILK_MOVED: _("The milk is moved"),
    Handling.POWER_OUT: _("The power is out"),
    Handling.REPAIRING: _("It is being repaired"),
    Handling.PROBE_FAULTY: _("The probe is faulty: set it aside"),
    Handling.LOOKING: _("I will look"),
    Handling.LOOKING_AT_DAYLIGHT: _("I will look at daylight"),
    Handling.OTHER: _("In my own words"),
    Holding.HOLDS: _("This card holds"),
    Holding.OVER: _("Its time is over: this milk was to be sold by now"),
    Holding.FALLEN: _("This card does not hold any more"),
    Holding.UNCHECKED: _("Nobody can check it now: try again later"),
    NoCard.EMPTY: _("Nobody has said that milk is in it. Say when it was milked."),
    NoCard.PAST: _("This milk is for nobody to drink."),
    NoCard.UNTIMED: _("Nobody can say how long this milk keeps: show the buyer a test."),
    NoCard.UNSEEN: _("It was not measured for too long."),
    NoCard.AGE_UNTOLD: _("Nobody has said when it was milked. Say it."),
    NoCard.PROCESSED: _("It is not raw any more: cards are of raw milk."),
    NoCard.TOO_LATE: _("Too little time is left to sell it."),
    NoCard.SILENT: _("Nothing is heard of this cooler now."),
    NoCard.UNCOOLED: _("Nothing cools it now."),
    NoCard.WARM: _("It is not cold, or was warm for too long. Wait until it is below 8 °C."),
    NoCard.UNTESTED: _("It was not tested since it was poured in. Test it first."),
    Light.GREEN: _("Within limits"),
    Light.AMBER: _("Watch"),
    Light.RED: _("Act now"),
    Light.UNKNOWN: _("No data"),
    Why.WITHIN: _("Within limits"),
    Why.TOO_WARM: _("Too warm"),
    Why.TOO_COLD: _("Too cold"),
    Why.SILENT: _("Nothing heard"),
    Why.PROBE_FAULT: _("Probe does not measure"),
    Why.WARM_TOO_LONG: _("Warm for too long, put together"),
    Why.COOLS_SLOWLY: _("Does not cool as usual"),
    Why.BLEND_TOO_WARM: _("Warm milk poured to cold milk"),
    Why.WARMING: _("Getting warmer"),
    Why.TIME_LEFT: _("The milk's time runs out"),
    Why.POWER_LOST: _("No power"),
    Why.JUMP: _("The probe leaps"),
    Why.STUCK: _("The probe does not move"),
    Why.TOO_SMALL: _("Too small for its fills"),
    Why.OUTAGE: _("Several places without power or network"),
    Why.SITE_SILENT: _("Nothing heard of the whole place"),
    Why.CHANNEL_DEAD: _("Messages cannot be sent"),
    Why.HEARD_AGAIN: _("Heard again"),
    Why.PROBE_MENDED: _("Probe measures again"),
    Why.WITHDRAWN: _("No longer judged"),
    Action.NOTHING: _("Nothing to do now."),
    Action.KEEP_CLOSED: _("Keep it closed."),
    Action.KEEP_CLOSED_AND_TEST: _("Keep it closed. Test the milk before you sell any."),
    Action.LESS_COLD: _("Turn the cold down a little: the milk may freeze."),
    Action.NOT_HEATED: _("It did not get hot enough. What is in it counts as raw milk."),
    Action.LESS_HEAT: _("Turn the heat down."),
    Action.SEE_POWER: _("Look: is there power? What does the light on the box show?"),
    Action.MEASURE: _("Measure the temperature, and tell what the thermometer shows."),
    Action.CALL_TECHNICIAN: _("Keep it closed. Test the milk before you sell any. Tell the technician."),
    Action.SELL: _("Sell it. Boil before drinking."),
    Action.BOIL_OR_FERMENT: _("Boil it now, before drinking it or fermenting it."),
    Action.TEST_BEFORE_SELLING: _("Test before selling. Untested it is not for drinking, nor for children."),
    Action.NOT_FOR_DRINKING: _("Not for drinking, not for selling, not for children."),
    Action.WAIT: _("Wait. Nothing can be done from home now."),
    When.NOW: _("Now"),
    When.BEFORE_MIDDAY: _("Before midday"),
    When.BEFORE_EVENING: _("Before evening"),
    When.IN_THE_MORNING: _("In the morning"),
    Because.EMPTY: _("Nobody knows of milk in it"),
    Because.REFUSED: _("A test refused it"),
    Because.PAST: _("It has had its time"),
    Because.UNTIMED: _("Nobody can reckon the time of this milk"),
    Because.UNSEEN: _("It was not measured for too long"),
    Because.AGE_UNTOLD: _("Nobody told when it was milked"),
    Because.PROCESSED: _("It was processed in its time"),
    Because.OLD: _("Raw milk is not kept longer than a day"),
    Because.COOLING: _("It was just poured in, and is getting cold"),
    Because.SOON: _("Its time is soon over"),
    Because.IN_TIME: _("In time"),
    Milked.JUST_NOW: _("Just milked"),
    Milked.THIS_MORNING: _("This morning"),
    Milked.UNKNOWN: _("Older, or not known"),
    Species.COW: _("Cow"),
    Species.GOAT: _("Goat"),
    Species.SHEEP: _("Sheep"),
    Species.CAMEL: _("Camel"),
    Process.BOILED: _("Boiled"),
    Process.PASTEURISED: _("Pasteurised"),
    Process.FERMENTED: _("Fermented"),
    QualityTest.LOOK_AND_SMELL: _("Look and smell"),
    QualityTest.CLOT_ON_BOILING: _("Clot on boiling"),
    QualityTest.ALCOHOL: _("Alcohol test"),
    QualityTest.ACIDITY: _("Acidity (Dornic)"),
    QualityTest.PH: _("pH"),
    QualityTest.DENSITY: _("Density (lactometer)"),
    QualityTest.TEMPERATURE: _("Temperature of the milk"),
    QualityTest.METHYLENE_BLUE: _("Methylene blue"),
    QualityTest.RESAZURIN: _("Resazurin"),
    QualityTest.FAT: _("Fat"),
    QualityTest.FREEZING_POINT: _("Freezing point"),
    QualityTest.PLATE_COUNT: _("Bacteria counted on plates"),
    QualityTest.SOMATIC_CELLS: _("Somatic cells"),
    QualityTest.COLIFORMS: _("Coliforms"),
    QualityTest.ANTIBIOTIC: _("Antibiotics"),
    QualityTest.ADULTERANT: _("Added water or powder"),
    QualityTest.OTHER: _("Tested"),
    Look.OFF_SMELL: _("Smells otherwise"),
    Look.OFF_COLOUR: _("Another colour"),
    Look.CLOTS: _("Clots"),
    Look.DIRT: _("Dirt in it"),
    Level.WARNING: _("Warning"),
    Level.CRITICAL: _("Critical"),
    Place.MILK: _("Milk"),
    Place.WALL: _("Wall"),
    Place.AIR: _("Air inside"),
    Place.AMBIENT: _("Air outside"),
    UnitKind.COOLER: _("Cooler"),
    UnitKind.FREEZER: _("Freezer"),
    UnitKind.TANK: _("Tank"),
    UnitKind.TRANSPORT: _("Transport box"),
    UnitKind.PASTEURISER: _("Pasteuriser"),
    Role.COOPERATIVE: _("Cooperative"),
    Role.TECHNICIAN: _("Technician"),
    Role.LAB: _("Lab"),
    Role.ADMIN: _("Administrator"),
    Quality.OK: _("Measures"),
    Quality.CRC: _("Readings arrive damaged: check the cable and its joints"),
    Quality.EMPTY: _("The probe does not answer: check the cable"),
    Quality.GONE: _("The probe is not connected"),
    Quality.ZERO: _("Short circuit on the data wire"),
    Quality.POR85: _("The probe loses power: check the red wire"),
    Quality.PWR127: _("Too little power for the probe: check the red wire"),
    Quality.RANGE: _("A temperature that cannot be: replace the probe"),
    Quality.STUCK: _("The value does not move"),
    Quality.JUMP: _("The value leapt and came back"),
    actions.Action.RESEND: _("Send readings again"),
    actions.Action.READ: _("Read now"),
    actions.Action.IDENTIFY: _("Let the light blink"),
    actions.Action.SILENCE: _("Silence the alarm"),
    State.OPEN: _("waits for the answer"),
    State.DONE: _("done"),
    State.DECLINED: _("the box could not"),
    State.EXPIRED: _("no answer came"),
    State.CANCELLED: _("cancelled"),
    Confidence.HIGH: _("our own probe"),
    Confidence.MEDIUM: _("other sensor"),
    Confidence.LATE: _("logger"),
    Confidence.LOW: _("by hand"),
    Refusal.NO_NUMBER: _("This is no temperature. Type for example 4.5."),
    Refusal.IMPOSSIBLE: _("It cannot be that warm or cold there. Look again."),
    Refusal.TOO_OLD: _("That is too long ago. Measure again and tell it now."),
    Refusal.FUTURE: _("It is not that late yet."),
    Refusal.NOT_MEASURED: _("This one is not measured by hand. Ask your technician."),
    Span.HOURS_6: _("6 hours"),
    Span.HOURS_24: _("24 hours"),
    Span.DAYS_7: _("7 days"),
    Span.DAYS_30: _("30 days"),
}

BOX_LIGHTS: dict[Light, LazyString] = {
    Light.GREEN: _("green light"),
    Light.AMBER: _("orange light"),
    Light.RED: _("red light"),
    Light.UNKNOWN: _("blinking: does not know"),
}

STATES: dict[str, LazyString] = {
    "": _("beginning"),
    "none": _("beginning"),
    "open": _("going on"),
    "pending": _("just found"),
    "acknowledged": _("somebody handles it"),
    "suppressed": _("nobody is told for now"),
    "resolved": _("over"),
}

_REASONS = {why.value for why in Why}
_ANSWERS = {handling.value for handling in Handling}

TOLD: dict[str, LazyString] = {
    "pending": _("waits to be sent"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "failed": _("not sent"),
    "unknown": _("may not have been sent"),
}


def said(thing: enum.Enum) -> LazyString:
    """Return the words for an enum member."""
    return SAID[thing]


def box_said(light: Light) -> LazyString:
    """Return the words for the light on a box, by its colour: that is what somebody beside it sees."""
    return BOX_LIGHTS[light]


def why_said(text: str) -> LazyString | str:
    """Return the words for a transition's reason: a rule's and an answer's are translated, others are as they are."""
    if text in _ANSWERS:
        return SAID[Handling(text)]
    return SAID[Why(text)] if text in _REASONS else text


def milk_said(event: Event) -> str:
    """Return what somebody told of the milk in a unit, with its litres where they were told."""
    litres = getattr(event, "litres", None)
    words = [str(_MILK[type(event)])]
    if isinstance(event, MilkIn):
        words.append(str(SAID[event.milked]).lower())
        if event.species is not None and event.species is not Species.COW:
            words.append(str(SAID[event.species]).lower())
    if isinstance(event, Processed):
        words = [str(SAID[event.process])]
    if isinstance(event, Tested):
        words = [test_said(event), str(_("failed") if event.failed else _("passed"))]
    return ", ".join(words) + (f" · {litres:g} L" if litres else "")


def test_said(event: Tested) -> str:
    """Return a test in words, with what it showed."""
    scale, word = SCALES.get(event.test), str(SAID[event.test])
    if event.percent is not None:
        word += f" {plain(event.percent)} %"
    if event.look is not None:
        word += f": {str(SAID[event.look]).lower()}"
    return word if scale is None or event.value is None else f"{word} {plain(event.value)} {scale.unit}"


_MILK: dict[type[Event], LazyString] = {
    MilkIn: _("Milk in"),
    Emptied: _("Emptied"),
    Sold: _("Sold"),
    Processed: _("Boiled"),
    MovedIn: _("Milk came from another cooler"),
    MovedOut: _("Milk moved to another cooler"),
    Tested: _("Tested"),
    Treated: _("Lactoperoxidase"),
}


def state_said(state: str) -> LazyString | str:
    """Return the words for an incident's state."""
    return STATES.get(state, state)


def told_said(state: str) -> LazyString | str:
    """Return the words for how an attempt to tell somebody went."""
    return TOLD.get(state, state)
