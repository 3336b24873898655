"""The box's alarm: what it shows, what it says, what it tells the server, and who has answered for what."""

from pathlib import Path

import msgspec
import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import LocalAlarm
from coldchain_contract.readings import Quality
from coldchain_device.alarm.box import BoxAlarm
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.presses import Press
from coldchain_device.alarm.scene import Aloud, Scene
from coldchain_device.alarm.speech import of_asked
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import GivenClock, Stamp
from coldchain_device.outbox import Sample
from coldchain_device.plan import plan_of
from coldchain_device.power.mains import Mains
from coldchain_device.sampling import Round
from coldchain_device.settings import CurfewSettings, DeviceSettings, PlacementSettings, UnitSettings
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Side

MILK, TANK_MILK = urn_of_kernel_name("28-000000000001"), urn_of_kernel_name("28-000000000003")
COOLER, TANK = UnitId("cooler-1"), UnitId("tank-1")
MORNING = 1_772_524_800_000  # 2026-03-03T08:00Z
HOUR = 3600_000


def above(celsius: float, minutes: int, level: Level) -> Limit:
    return Limit(
        name=f"{level.value} above {celsius}",
        side=Side.ABOVE,
        celsius=celsius,
        inclusive=False,
        for_s=minutes * 60,
        clear_celsius=celsius - 0.5,
        clear_for_s=600,
        level=level,
        source="a test",
    )


LIMITS = (above(8.0, 60, Level.WARNING), above(8.0, 120, Level.CRITICAL), above(10.0, 30, Level.CRITICAL))


class Broken:
    """An output whose lamp is torn off."""

    def show(self, scene: Scene) -> None:
        raise OSError(f"torn off, with {scene} to show")

    def say(self, aloud: Aloud, scene: Scene) -> None:
        raise OSError(f"torn off, with {aloud} to say of {scene}")

    def identify(self) -> None:
        raise OSError("torn off")

    def troubles(self) -> dict[str, str]:
        return {"torn-off": "the lamp is torn off"}

    def close(self) -> None:
        raise OSError("torn off")


class Remembering:
    """An output that keeps what it was given."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self.said: list[str] = []
        self.said_quietly: list[bool] = []

    def show(self, scene: Scene) -> None:
        self.scenes.append(scene)

    def say(self, aloud: Aloud, scene: Scene) -> None:
        self.said.append(" ".join(part.clip for part in of_asked(aloud, scene)))
        self.said_quietly.append(scene.hour.quiet)

    def identify(self) -> None:
        return

    def troubles(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        return

    def lights(self) -> list[Light]:
        return [scene.units[COOLER].light for scene in self.scenes]

    @property
    def heard(self) -> bool:
        return self.scenes[-1].units[COOLER].heard

    @property
    def shouts(self) -> bool:
        return self.scenes[-1].shouts


class Cooler:
    """A box beside a cooler and a tank, its rounds given by hand, minute by minute."""

    def __init__(
        self, folder: Path, *outputs: Output, judged_by: UnitSettings | None = None, at_ms: int = MORNING
    ) -> None:
        self.told: list[LocalAlarm] = []
        self.clock = SetClock(at_ms)
        placements = (PlacementSettings(probe=MILK, unit=COOLER), PlacementSettings(probe=TANK_MILK, unit=TANK))
        settings = DeviceSettings(
            site=SiteId("menaka"),
            device=DeviceId("pi-1"),
            placements=placements,
            units={COOLER: judged_by or UnitSettings(limits=LIMITS), TANK: UnitSettings(limits=LIMITS)},
            curfew=CurfewSettings(zone="UTC"),
        )
        self.plan = plan_of(settings, None)
        self.box = BoxAlarm(
            clock=GivenClock(self.clock),
            outputs=outputs,
            tell=self.told.append,
            kept=CardFile(folder / "alarm.json", Kept),
            plan=self.plan,
        )
        self.began_ms = at_ms
        self.box.begin(self.plan)

    def minutes(self, celsius: float | None, count: int, *, tank: float = 4.0) -> Light:
        for _ in range(count):
            self._round({MILK: celsius, TANK_MILK: tank})
            self.clock.set(self.clock.now_ms() + 60_000)
        return self.box.light(COOLER)

    def mains(self, on: bool) -> None:
        self.box.tend(Mains(on=on, since_ms=self.clock.now_ms() - self.began_ms))

    def news(self) -> list[tuple[str, str, str]]:
        """What was told of the cooler since last asked: change, light and why."""
        news = [(one.change, one.light, one.why) for one in self.told if one.unit == COOLER]
        self.told.clear()
        return news

    def _round(self, values: dict[ProbeUrn, float | None]) -> None:
        now_ms = self.clock.now_ms()
        stamp = Stamp(
            boot_id=self.box._clock.stamp().boot_id, uptime_ms=now_ms - self.began_ms, wall_ms=now_ms, trusted=True
        )
        samples = tuple(
            Sample(probe=probe, value=value, quality=Quality.GONE if value is None else Quality.OK, stamp=stamp)
            for probe, value in values.items()
        )
        self.box.judge(Round(samples=samples, newly_faulty=frozenset()))


@pytest.fixture
def seen() -> Remembering:
    return Remembering()


@pytest.fixture
def cooler(tmp_path: Path, seen: Remembering) -> Cooler:
    made = Cooler(tmp_path, seen)
    made.minutes(4.0, 1)
    made.news()
    return made


def test_a_broken_lamp_does_not_silence_the_others(tmp_path: Path, seen: Remembering) -> None:
    cooler = Cooler(tmp_path, Broken(), seen)
    cooler.minutes(4.0, 1)
    cooler.box.identify()
    cooler.box.pressed(Press.LONG)
    assert cooler.box.troubles() == {"torn-off": "the lamp is torn off"}
    cooler.box.close()
    assert seen.lights() == [Light.UNKNOWN, Light.GREEN]
    assert cooler.news() == [("unknown", "unknown", ""), ("cleared", "green", "")]


def test_what_was_heard_stays_heard_until_it_gets_worse(cooler: Cooler, seen: Remembering) -> None:
    assert cooler.minutes(8.5, 62) is Light.AMBER
    cooler.box.pressed(Press.SHORT)
    assert seen.heard
    assert cooler.minutes(8.5, 61) is Light.RED
    assert not seen.heard
    assert seen.shouts
    cooler.box.pressed(Press.SHORT)
    assert cooler.minutes(8.5, 10) is Light.RED
    assert seen.heard
    assert cooler.minutes(4.0, 11) is Light.GREEN
    assert cooler.minutes(8.5, 62) is Light.AMBER
    assert not seen.heard


def test_what_was_heard_stays_heard_while_it_gets_better_and_as_bad_again(cooler: Cooler, seen: Remembering) -> None:
    assert cooler.minutes(10.5, 61) is Light.RED
    cooler.box.pressed(Press.SHORT)
    assert cooler.minutes(9.0, 11) is Light.AMBER
    assert seen.heard
    assert cooler.minutes(10.5, 31) is Light.RED
    assert seen.heard


def test_each_thing_that_is_wrong_is_told_by_itself_with_its_level_and_beginning(cooler: Cooler) -> None:
    cooler.minutes(8.5, 62)
    began_ms = cooler.clock.now_ms() - 62 * 60_000
    (warned,) = [one for one in cooler.told if one.unit == COOLER]
    assert (warned.change, warned.light, warned.why, warned.level) == ("raised", "amber", "too-warm", "warning")
    assert warned.since_ms == began_ms
    cooler.news()
    cooler.minutes(8.5, 61)
    (raised,) = [one for one in cooler.told if one.unit == COOLER]
    assert (raised.light, raised.why, raised.level, raised.since_ms) == ("red", "too-warm", "critical", began_ms)
    assert raised.celsius == 8.5


def test_the_button_answers_for_every_unit_of_the_box(cooler: Cooler, seen: Remembering) -> None:
    cooler.minutes(10.5, 31, tank=10.5)
    assert cooler.box.light(TANK) is Light.RED
    cooler.told.clear()
    cooler.box.pressed(Press.SHORT)
    assert [(one.unit, one.change, one.asked) for one in cooler.told] == [
        (COOLER, "heard", False),
        (TANK, "heard", False),
    ]
    assert not seen.shouts
    assert seen.said == ["heard"]


def test_pressed_while_nothing_is_wrong_or_long_it_says_how_things_stand(cooler: Cooler, seen: Remembering) -> None:
    cooler.box.pressed(Press.SHORT)
    cooler.minutes(10.5, 31)
    cooler.box.pressed(Press.LONG)
    assert seen.shouts
    cooler.box.pressed(Press.SHORT)
    cooler.box.pressed(Press.SHORT)
    stands = "unit.cooler-1 why.too-warm action.keep-closed-and-test when.before-midday unit.tank-1 no-alarm"
    assert seen.said == ["no-alarm", stands, "heard", stands]


def test_a_silence_asked_for_by_the_server_is_told_as_such_and_is_for_its_unit_alone(
    cooler: Cooler, seen: Remembering
) -> None:
    cooler.minutes(10.5, 31, tank=10.5)
    cooler.told.clear()
    assert cooler.box.silence(COOLER, ("too-warm",)) == ""
    assert [(one.unit, one.change, one.asked) for one in cooler.told] == [(COOLER, "heard", True)]
    assert seen.scenes[-1].units[TANK].shouts
    assert not seen.scenes[-1].units[COOLER].shouts
    assert cooler.box.silence() == ""
    assert not seen.shouts


def test_whoever_answered_has_not_answered_for_what_they_did_not_know(cooler: Cooler, seen: Remembering) -> None:
    cooler.mains(False)
    cooler.minutes(10.5, 61)
    assert cooler.box.silence(COOLER, ("power-lost",)) == ""
    assert seen.shouts
    assert cooler.box.silence(COOLER, ("power-lost",)) == "something else is wrong by now"
    assert cooler.box.silence(COOLER, ("too-warm",)) == ""
    assert not seen.shouts
    assert cooler.box.silence(COOLER, ("too-warm",)) == ""
    assert "no unit" in cooler.box.silence("tank-9")


def test_a_power_cut_makes_a_cold_unit_amber_at_once_and_is_over_when_it_is_back(
    cooler: Cooler, seen: Remembering
) -> None:
    cooler.mains(True)
    assert cooler.minutes(4.0, 5) is Light.GREEN
    cooler.mains(False)
    assert cooler.box.light(COOLER) is Light.AMBER
    assert cooler.news() == [("raised", "amber", "power-lost")]
    cooler.minutes(4.0, 5)
    cooler.mains(True)
    assert cooler.box.light(COOLER) is Light.GREEN
    assert cooler.news() == [("cleared", "green", "")]
    assert seen.said == ["power-back"]


def test_milk_that_gets_warm_in_a_power_cut_is_told_beside_it_and_shouts(cooler: Cooler, seen: Remembering) -> None:
    cooler.mains(False)
    cooler.box.pressed(Press.SHORT)
    assert not seen.shouts
    cooler.minutes(10.5, 31)
    assert seen.shouts
    assert ("raised", "red", "too-warm") in cooler.news()


def test_a_probe_that_is_pulled_out_ends_no_shouting(cooler: Cooler, seen: Remembering) -> None:
    cooler.minutes(10.5, 31)
    assert cooler.minutes(None, 40) is Light.UNKNOWN
    assert seen.shouts
    cooler.box.pressed(Press.SHORT)
    assert not seen.shouts
    assert cooler.minutes(10.5, 3) in (Light.UNKNOWN, Light.RED)
    assert not seen.shouts


def test_a_fault_by_itself_blinks_and_is_told_and_never_shouts(cooler: Cooler, seen: Remembering) -> None:
    assert cooler.minutes(None, 12) is Light.UNKNOWN
    assert cooler.news() == [("unknown", "unknown", "probe-fault")]
    assert not seen.shouts


def test_the_box_turns_quiet_when_the_curfew_begins_and_loud_when_it_ends(tmp_path: Path, seen: Remembering) -> None:
    cooler = Cooler(tmp_path, seen, at_ms=MORNING + 9 * HOUR)
    cooler.minutes(4.0, 1)
    assert not seen.scenes[-1].hour.quiet
    cooler.minutes(4.0, 61)
    assert seen.scenes[-1].hour.quiet
    cooler.minutes(4.0, 12 * 60)
    assert not seen.scenes[-1].hour.quiet


def test_in_the_curfew_everything_said_ends_with_not_going_out(tmp_path: Path, seen: Remembering) -> None:
    cooler = Cooler(tmp_path, seen, at_ms=MORNING + 12 * HOUR)
    cooler.minutes(10.5, 31)
    cooler.mains(False)
    cooler.mains(True)
    for press in (Press.LONG, Press.SHORT, Press.SHORT):
        cooler.box.pressed(press)
    assert len(seen.said) == 3
    assert all(said.endswith(" stay-inside") for said in seen.said)
    assert seen.said_quietly == [True, True, True]


def test_what_was_answered_is_not_shouted_again_after_a_restart(tmp_path: Path, seen: Remembering) -> None:
    kept = CardFile(tmp_path / "alarm.json", Kept)
    cooler = Cooler(tmp_path)
    cooler.minutes(10.5, 61)
    cooler.box.pressed(Press.SHORT)
    assert list(kept.load() or {}) == [COOLER]
    cooler.minutes(4.0, 11)
    assert kept.load() == {}


def test_a_unit_nobody_gave_limits_is_never_green(tmp_path: Path) -> None:
    assert Cooler(tmp_path, judged_by=UnitSettings()).minutes(4.0, 5) is Light.UNKNOWN


def test_a_unit_with_a_profile_without_limits_is_green_while_it_is_heard_of(tmp_path: Path) -> None:
    judged_by = UnitSettings(profile="hot-pasteuriser")
    assert Cooler(tmp_path, judged_by=judged_by).minutes(70.0, 5) is Light.GREEN


def test_a_plan_that_changes_begins_with_what_is_known_of_its_units(cooler: Cooler) -> None:
    other = msgspec.structs.replace(cooler.plan, profiles={})
    cooler.box.begin(other)
    assert cooler.box.light(COOLER) is Light.UNKNOWN
    assert cooler.news() == [("unknown", "unknown", "")]


def poured_in(per_hour: float) -> list[float]:
    """Milk of 30 °C poured in, minute by minute for twelve hours, cooled by so many degrees an hour down to 4 °C."""
    return [max(4.0, 30.0 - per_hour * minute / 60) for minute in range(720)]


@pytest.mark.parametrize(("per_hour", "lights"), [(4.0, {Light.GREEN}), (0.0, {Light.GREEN, Light.RED})])
def test_a_fill_that_is_being_cooled_is_no_red_light_and_one_that_is_not_is(
    tmp_path: Path, per_hour: float, lights: set[Light]
) -> None:
    cooler = Cooler(tmp_path, judged_by=UnitSettings(profile="daily"))
    cooler.minutes(4.0, 120)
    shown = {cooler.minutes(celsius, 1) for celsius in poured_in(per_hour)}
    assert shown - {Light.AMBER} == lights
