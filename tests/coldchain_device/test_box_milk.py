"""The milk in the light: told by buttons or elsewhere, over reboots, late words and clocks that are mended."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import (
    Config,
    CoolingSetting,
    CurfewSetting,
    LimitSetting,
    LocalAlarm,
    MilkEventSetting,
    MilkSetting,
)
from coldchain_contract.readings import Quality
from coldchain_device.alarm.fitted import FittedBox
from coldchain_device.alarm.outputs import Still
from coldchain_device.alarm.remembering import Memory
from coldchain_device.alarm.scene import Aloud, Scene
from coldchain_device.alarm.speech import of_asked
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import SystemClock
from coldchain_device.milk.book import MilkBook
from coldchain_device.milk.told import Said, Words
from coldchain_device.outbox import Outbox, Sample
from coldchain_device.plan import plan_of
from coldchain_device.power import open_power
from coldchain_device.sampling import Round
from coldchain_device.settings import DeviceSettings, PlacementSettings, PowerSettings
from coldchain_judgement.light import Light
from coldchain_judgement.milk.batch import Batch

MILK, COOLER = urn_of_kernel_name("28-000000000001"), UnitId("cooler-1")
SETTINGS = DeviceSettings(
    site=SiteId("menaka"),
    device=DeviceId("pi-1"),
    placements=(PlacementSettings(probe=MILK, unit=COOLER),),
)
NOON_S = 1_772_539_200  # 2026-03-03T12:00Z
NEEDED = MilkSetting(zone="UTC", needed_at=("16:00",))


class Ear(Still):
    """An output that keeps what it was given."""

    def __init__(self) -> None:
        self.scene: Scene | None = None
        self.said: list[str] = []

    def show(self, scene: Scene) -> None:
        self.scene = scene

    def say(self, aloud: Aloud, scene: Scene) -> None:
        self.said.append(" ".join(part.clip for part in of_asked(aloud, scene)))

    def identify(self) -> None:
        return

    def close(self) -> None:
        return


class Pi:
    """A box beside a cooler, minute by minute; what its clock says nobody believes until it `knows_the_time`."""

    def __init__(self, folder: Path, *, milk: MilkSetting = NEEDED, at_s: int = NOON_S, knows: bool = True) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.boots, self.milk = folder, 0, milk
        self.wall_s, self.up_s, self.version = at_s, 0, 1
        self.told: list[LocalAlarm] = []
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.boot(knows=knows)

    def config(self) -> Config:
        too_warm = LimitSetting(name="warm", side="above", celsius=8.0, inclusive=False, for_s=720_000)
        return Config(
            version=self.version,
            limits={COOLER: (too_warm,)},
            cooling={COOLER: CoolingSetting(celsius=10.0, for_s=14_400, longest_s=129_600)},
            curfew=CurfewSetting(zone="UTC", starts="18:00", ends="06:00"),
            milk={COOLER: self.milk},
        )

    def boot(self, *, off_s: int = 60, knows: bool = True) -> None:
        """Cut the power, for so long, and begin anew."""
        self.boots += 1
        self.wall_s, self.up_s = self.wall_s + off_s, 20
        (self.folder / "synchronized").unlink(missing_ok=True)
        if knows:
            self.synchronize()
        self.start()

    def synchronize(self) -> None:
        (self.folder / "synchronized").touch()
        os.utime(self.folder / "synchronized", (self.wall_s, self.wall_s))

    def knows_the_time(self) -> None:
        """The time becomes known: what is on the card is dated, and the box hears of it, as the agent does it."""
        self.synchronize()
        self.outbox.repair(self.clock.stamp())
        self.box.time_known()

    def start(self) -> None:
        """Start the program, as after a crash: nothing was kept on the way."""
        boot_id = self.folder / f"boot-{self.boots}"
        boot_id.write_text(boot_id.name)
        self.clock = SystemClock(
            boot_id_file=boot_id,
            synchronized_file=self.folder / "synchronized",
            wall_s=lambda: float(self.wall_s),
            uptime_s=lambda: float(self.up_s),
        )
        self.clock.recall(self.outbox.recalled(boot_id.name))
        self.book = MilkBook(
            CardFile(self.folder / "milk.json", Words), clock=self.clock, instant_of=self.outbox.instant_of
        )
        self.ear = Ear()
        self.box = FittedBox(
            SETTINGS,
            plan=plan_of(SETTINGS, self.config()),
            clock=self.clock,
            power=open_power(PowerSettings()),
            outputs=(self.ear,),
            tell=self.told.append,
            on_news=lambda: None,
            outbox=self.outbox,
            answered=CardFile(self.folder / "answered.json", Kept),
            memory=CardFile(self.folder / "alarm.json", Memory),
            book=self.book,
        )
        self.told.clear()
        self.box.begin()

    def follow(self, **changes: Any) -> Light:
        """Have the server send other settings of the milk."""
        self.version += 1
        self.milk = msgspec.structs.replace(self.milk, **changes)
        self.box.follow(plan_of(SETTINGS, self.config()))
        return self.light

    def minutes(self, *values: float, each: int = 1) -> Light:
        """Take readings a minute apart, each value so often."""
        for celsius in values:
            for _ in range(each):
                self.wall_s, self.up_s = self.wall_s + 60, self.up_s + 60
                sample = Sample(probe=MILK, value=celsius, quality=Quality.OK, stamp=self.clock.stamp())
                self.outbox.add([sample])
                self.box.judge(Round(samples=(sample,), newly_faulty=frozenset()))
        return self.light

    def pour(self) -> Light:
        """Warm milk comes into the empty unit, and is cold within three hours."""
        self.minutes(5.0, each=30)
        self.minutes(28.0, 31.0, 31.0, 30.5)
        return self.minutes(*(31.0 - minute * 27 / 160 for minute in range(0, 160, 5)), each=5)

    @property
    def light(self) -> Light:
        return self.box.alarm.light(COOLER)

    @property
    def batch(self) -> Batch | None:
        (judged,) = self.box.alarm.memory(outbox="", sequence=0).stands[COOLER].probes.values()
        return judged.course.milk


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Pi]:
    made = Pi(tmp_path)
    yield made
    made.outbox.close()


def elsewhere(event_id: str, at_s: int, **event: Any) -> MilkEventSetting:
    return MilkEventSetting(id=event_id, event={"type": "milk-in", "at_ms": at_s * 1000, **event})


def test_milk_that_only_the_curve_tells_of_is_amber_and_one_press_makes_it_green(pi: Pi) -> None:
    assert pi.minutes(5.0, each=30) is Light.GREEN
    assert pi.minutes(28.0, 31.0, 30.0, *(29.0 - step for step in range(24)), each=1) is Light.AMBER
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    assert pi.minutes(4.0, each=2) is Light.GREEN


@pytest.mark.parametrize(
    ("said", "light", "heard"),
    [
        (Said.JUST_MILKED, Light.GREEN, "just-milked"),
        (Said.OLDER, Light.AMBER, "older-or-unknown"),
        (Said.EMPTIED, Light.GREEN, "emptied"),
    ],
)
def test_what_a_button_says_is_on_the_card_said_back_and_in_the_light_with_the_next_reading(
    pi: Pi, said: Said, light: Light, heard: str
) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, said)
    assert pi.ear.said == [heard]
    assert (pi.folder / "milk.json").exists()
    assert pi.minutes(4.0) is light


def test_warm_milk_gets_red_and_is_green_again_once_it_is_gone(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    assert pi.minutes(29.0, each=5 * 60) is Light.RED
    assert pi.ear.scene is not None and pi.ear.scene.shouts
    assert [(one.change, one.why, one.level) for one in pi.told if one.why][-1] == ("raised", "time-left", "critical")
    pi.box.tell_of_milk(COOLER, Said.EMPTIED)
    assert pi.minutes(29.0, each=2) is Light.GREEN


def test_milk_whose_time_is_over_in_the_curfew_is_red_and_quiet_until_the_morning(tmp_path: Path) -> None:
    pi = Pi(tmp_path, at_s=NOON_S + 7 * 3600)
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    assert pi.minutes(29.0, each=5 * 60) is Light.RED
    assert pi.ear.scene is not None and not pi.ear.scene.shouts
    pi.minutes(29.0, each=6 * 60)
    assert pi.ear.scene.shouts
    pi.outbox.close()


def test_a_site_that_does_not_say_when_its_milk_is_needed_has_the_light_of_its_limits(tmp_path: Path) -> None:
    pi = Pi(tmp_path, milk=MilkSetting(zone="UTC"))
    assert pi.pour() is Light.GREEN
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    assert pi.minutes(29.0, each=60) is Light.GREEN
    assert pi.batch is not None
    pi.outbox.close()


def test_the_box_says_what_to_do_with_its_milk_to_somebody_who_asks(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    pi.minutes(4.0, each=2)
    assert of_asked_clips(pi)[-2:] == ["action.sell", "when.in-the-morning"]
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    pi.minutes(4.0, each=2)
    assert "action.test-before-selling" in of_asked_clips(pi)
    assert not {"action.sell", "no-alarm"} & set(of_asked_clips(pi))


def of_asked_clips(pi: Pi) -> list[str]:
    assert pi.ear.scene is not None
    return [part.clip for part in of_asked(Aloud.STATE, pi.ear.scene)]


def test_a_press_just_before_a_power_cut_counts_after_it(pi: Pi) -> None:
    pi.minutes(4.0, each=30)
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    pi.boot(off_s=120)
    assert pi.minutes(4.0) is Light.AMBER
    assert pi.batch is not None
    assert pi.batch.begun_ms - 1 == pi.book.words()[0].at_ms


def test_a_slip_of_the_finger_is_mended_by_pressing_again_at_once(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    pi.wall_s, pi.up_s = pi.wall_s + 20, pi.up_s + 20
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    (word,) = pi.book.words()
    assert (word.said, word.corrects is None) == (Said.OLDER, False)
    assert pi.minutes(4.0) is Light.AMBER
    assert pi.batch is not None and pi.batch.topped_up == 0


def test_a_slip_that_was_judged_already_is_taken_out_of_what_was_judged(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    pi.wall_s, pi.up_s = pi.wall_s - 35, pi.up_s - 35  # the next round comes 25 s later
    assert pi.minutes(4.0) is Light.AMBER
    pi.box.tell_of_milk(COOLER, Said.EMPTIED)
    assert pi.batch is None
    assert pi.minutes(4.0) is Light.GREEN


def test_what_is_told_elsewhere_is_in_the_light_at_once_and_after_a_crash(pi: Pi) -> None:
    pi.minutes(4.0, each=600)
    before_s = pi.wall_s - 3600
    assert pi.follow(events=(elsewhere("page-1", before_s),)) is Light.AMBER
    assert pi.batch is not None and pi.batch.begun_ms == before_s * 1000
    pi.start()
    assert pi.minutes(4.0) is Light.AMBER
    assert pi.follow(events=(elsewhere("page-2", before_s, milked="just-milked"),)) is Light.GREEN
    assert pi.follow(events=()) is Light.GREEN
    assert pi.batch is None


def test_a_word_of_the_box_that_was_taken_back_elsewhere_counts_no_longer(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.OLDER)
    assert pi.minutes(4.0) is Light.AMBER
    (word,) = pi.book.words()
    assert pi.follow(withdrawn=(word.id,)) is Light.GREEN
    pi.start()
    assert pi.minutes(4.0) is Light.GREEN


def test_its_own_word_that_comes_back_from_the_server_counts_once(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    pi.minutes(4.0, each=5)
    (word,) = pi.book.words()
    assert word.at_ms is not None
    before = pi.batch
    pi.follow(events=(elsewhere(word.id, word.at_ms // 1000 + 1, milked="just-milked"),))
    pi.minutes(4.0)
    (pi.folder / "alarm.json").unlink()
    pi.start()
    assert before is not None and pi.batch is not None
    assert (pi.batch.topped_up, pi.batch.begun_ms) == (0, before.begun_ms)


def test_an_event_that_only_a_newer_server_knows_says_nothing(pi: Pi) -> None:
    pi.minutes(4.0, each=2)
    unheard_of = MilkEventSetting(id="x", event={"type": "blessed", "at_ms": pi.wall_s * 1000})
    assert pi.follow(events=(unheard_of,), species="yak") is Light.GREEN


def test_this_morning_says_nothing_until_the_time_is_known_and_then_what_it_says(tmp_path: Path) -> None:
    pi = Pi(tmp_path, milk=msgspec.structs.replace(NEEDED, milked_at="11:30"), knows=False)
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.THIS_MORNING)
    assert pi.minutes(4.0, each=3) is Light.AMBER
    assert pi.book.waiting() == ()
    pi.knows_the_time()
    assert pi.light is Light.GREEN
    assert pi.batch is not None and pi.batch.milked_ms == (NOON_S - 1800) * 1000
    (word,) = pi.book.waiting()
    assert word.at_ms == pi.batch.begun_ms - 1
    pi.outbox.close()


def test_a_word_of_a_boot_that_never_knew_the_time_is_dated_by_the_readings_beside_it(tmp_path: Path) -> None:
    pi = Pi(tmp_path, knows=False)
    pi.minutes(4.0, each=2)
    pi.box.tell_of_milk(COOLER, Said.JUST_MILKED)
    pi.minutes(4.0, each=2)
    pi.boot(off_s=3600, knows=False)
    pi.minutes(4.0)
    assert pi.book.waiting() == ()
    pi.clock.learn(pi.wall_s * 1000, sent_uptime_ms=pi.up_s * 1000)
    pi.outbox.repair(pi.clock.stamp())
    pi.box.time_known()
    (word,) = pi.book.waiting()
    assert word.at_ms is not None
    pi.outbox.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("minutes"), st.integers(1, 40), st.sampled_from([3.0, 5.0, 12.0, 29.0])),
        st.tuples(st.just("said"), st.sampled_from(list(Said))),
        st.tuples(st.just("crash")),
        st.tuples(st.just("boot"), st.integers(30, 7200)),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_crashes_and_power_cuts_change_nothing_of_what_readings_and_words_say(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[Any, ...]]
) -> None:
    pi = Pi(tmp_path_factory.mktemp("pi"))
    pi.minutes(4.0)
    for what, *how in steps:
        match what:
            case "minutes":
                pi.minutes(how[1], each=how[0])
            case "said":
                pi.box.tell_of_milk(COOLER, how[0])
            case "crash":
                pi.start()
            case "boot":
                pi.boot(off_s=how[0])
    pi.minutes(4.0)
    as_it_went = pi.batch
    (pi.folder / "alarm.json").unlink(missing_ok=True)
    pi.start()
    assert pi.batch == as_it_went
    pi.outbox.close()
