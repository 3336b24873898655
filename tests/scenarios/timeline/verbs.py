"""What can happen in a story: each sentence and what it does."""

import re
from collections.abc import Callable

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.milk.events import Emptied, MilkIn, Processed, Sold, Tested
from coldchain_judgement.milk.kinds import Milked, Process, QualityTest, Species
from coldchain_server.incidents.handling import Handling
from coldchain_simulator.faults import FaultKind
from scenarios.timeline.world import World

_A_MOMENT_MS = 1000  # readings are taken on the minute; whatever people do comes after
Does = Callable[[World, re.Match[str]], None]
_WORD = r"[\w-]+"
_TAKES = {"n": r"[0-9.]+", "hours": r"[0-9]+", "word": r"[0-9?LX][0-9 ]*"}
_VERBS: list[tuple[re.Pattern[str], Does]] = []


def _verb(sentence: str) -> Callable[[Does], Does]:
    """Let a sentence be done so; `<name>` takes a word, `<n>` a number."""
    pattern = re.sub(r"<(\w+)>", lambda name: f"(?P<{name[1]}>{_TAKES.get(name[1], _WORD)})", sentence)

    def known(does: Does) -> Does:
        _VERBS.append((re.compile(pattern + "$"), does))
        return does

    return known


def happens(world: World, sentence: str) -> None:
    """Do what a sentence says; `ValueError` where no verb knows it."""
    for pattern, does in _VERBS:
        matched = pattern.match(sentence)
        if matched is not None:
            world.clock.set(world.clock.now_ms() + _A_MOMENT_MS)
            does(world, matched)
            return
    known = "\n  ".join(pattern.pattern for pattern, _ in _VERBS)
    raise ValueError(f"{sentence!r} is none of what can happen:\n  {known}")


@_verb("<unit> gets <n> L")
def _gets(world: World, said: re.Match[str]) -> None:
    world.village.pour(said["unit"], float(said["n"]), 35.0)


@_verb("<n> L of <unit> are sold")
def _sold(world: World, said: re.Match[str]) -> None:
    world.village.draw(said["unit"], float(said["n"]))


@_verb("<unit> is emptied")
def _emptied(world: World, said: re.Match[str]) -> None:
    world.village.draw(said["unit"], None)


@_verb("the lid of <unit> stands open for <n> minutes")
def _lid(world: World, said: re.Match[str]) -> None:
    world.village.breaks(said["unit"], FaultKind.DOOR_OPEN, minutes=int(said["n"]))


@_verb("customers open <unit> every <n> minutes for <hours> hours")
def _customers(world: World, said: re.Match[str]) -> None:
    every, until = int(said["n"]), int(said["hours"]) * 60
    for minute in range(0, until, every):
        world.village.breaks(said["unit"], FaultKind.DOOR_OPEN, after=minute, minutes=3)


@_verb("the compressor of <unit> dies")
def _dies(world: World, said: re.Match[str]) -> None:
    world.village.breaks(said["unit"], FaultKind.COMPRESSOR_FAILED)


@_verb("the compressor of <unit> is well")
def _well(world: World, said: re.Match[str]) -> None:
    world.village.mend(said["unit"], FaultKind.COMPRESSOR_FAILED)


@_verb("the power of <unit> fails")
def _dark(world: World, said: re.Match[str]) -> None:
    world.village.breaks(said["unit"], FaultKind.POWER_CUT)


@_verb("the power of <unit> is back")
def _light(world: World, said: re.Match[str]) -> None:
    world.village.mend(said["unit"], FaultKind.POWER_CUT)


@_verb("the probe of <unit> is unplugged")
def _unplugged(world: World, said: re.Match[str]) -> None:
    world.village.unplug(said["unit"])


@_verb("the probe of <unit> is plugged in")
def _plugged_in(world: World, said: re.Match[str]) -> None:
    world.village.plug_in(said["unit"])


@_verb("<who> texts <word>")
def _texts(world: World, said: re.Match[str]) -> None:
    world.texts(said["who"], said["word"])


@_verb("<who> gives a missed call")
def _missed_call(world: World, said: re.Match[str]) -> None:
    world.calls(said["who"])


@_verb("somebody presses the button of <unit>")
def _button(world: World, said: re.Match[str]) -> None:
    world.presses(said["unit"])


@_verb("<who> answers on the page that the milk is moved")
def _page(world: World, said: re.Match[str]) -> None:
    world.answers(said["who"], Handling.MILK_MOVED)


@_verb("<who> says the milk of <unit> was <milked>")
def _says_milked(world: World, said: re.Match[str]) -> None:
    world.tells(said["who"], said["unit"], MilkIn(at_ms=world.clock.now_ms(), milked=Milked(said["milked"])))


@_verb("<who> says <n> L of <species> milk came to <unit>")
def _says_came(world: World, said: re.Match[str]) -> None:
    event = MilkIn(
        at_ms=world.clock.now_ms(),
        milked=Milked.JUST_NOW,
        species=Species(said["species"]),
        litres=float(said["n"]),
    )
    world.tells(said["who"], said["unit"], event)


@_verb("somebody tells the box of <unit> that its milk was <milked>")
def _tells_box(world: World, said: re.Match[str]) -> None:
    world.tells_box(said["unit"], Milked(said["milked"]))


@_verb("<who> says <unit> is emptied")
def _says_emptied(world: World, said: re.Match[str]) -> None:
    world.tells(said["who"], said["unit"], Emptied(at_ms=world.clock.now_ms()))


@_verb("<who> says <n> L of <unit> are sold")
def _says_sold(world: World, said: re.Match[str]) -> None:
    world.tells(said["who"], said["unit"], Sold(at_ms=world.clock.now_ms(), litres=float(said["n"])))


@_verb("<who> says the milk of <unit> is <process>")
def _says_processed(world: World, said: re.Match[str]) -> None:
    world.tells(said["who"], said["unit"], Processed(at_ms=world.clock.now_ms(), process=Process(said["process"])))


@_verb("<who> says a test of <unit> failed")
def _says_failed(world: World, said: re.Match[str]) -> None:
    world.tells(
        said["who"], said["unit"], Tested(at_ms=world.clock.now_ms(), test=QualityTest.CLOT_ON_BOILING, failed=True)
    )


@_verb("<who> says the milk of <unit> went to <target>")
def _says_moved(world: World, said: re.Match[str]) -> None:
    world.moves(said["who"], said["unit"], said["target"])


@_verb("<who> takes back what was told of <unit>")
def _takes_back(world: World, said: re.Match[str]) -> None:
    world.takes_back(said["who"], said["unit"])


@_verb("the card of <unit> says <action> <by>")
def _card(world: World, said: re.Match[str]) -> None:
    card = world.card(said["unit"])
    assert card == f"{said['action']} {said['by']}", f"{card}, {world.milk(said['unit']).because}"


@_verb("the card of <unit> asks when its milk was milked")
def _asks(world: World, said: re.Match[str]) -> None:
    assert world.milk(said["unit"]).asks


@_verb("the box of <site> forgets the time")
def _forgets_time(world: World, said: re.Match[str]) -> None:
    world.village.boxes[SiteId(said["site"])].knows_time = False


@_verb("the box of <site> knows the time again")
def _knows_time(world: World, said: re.Match[str]) -> None:
    world.village.boxes[SiteId(said["site"])].knows_time = True


@_verb("<site> loses the network")
def _offline(world: World, said: re.Match[str]) -> None:
    world.village.boxes[SiteId(said["site"])].online = False


@_verb("<site> has the network again")
def _online(world: World, said: re.Match[str]) -> None:
    world.village.boxes[SiteId(said["site"])].online = True


@_verb("all sites lose the operator")
def _all_offline(world: World, _said: re.Match[str]) -> None:
    for box in world.village.boxes.values():
        box.online = False


@_verb("all sites have the operator again")
def _all_online(world: World, _said: re.Match[str]) -> None:
    for box in world.village.boxes.values():
        box.online = True


@_verb("the server's clock leaps <n> hours ahead")
def _leaps(world: World, said: re.Match[str]) -> None:
    world.leap(round(float(said["n"]) * 3_600_000))


@_verb("the server's clock is right again")
def _right(world: World, _said: re.Match[str]) -> None:
    world.leap(0)
