"""What the box remembers over restarts, reboots and power cuts, whatever is known of the time."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.messages import LocalAlarm
from coldchain_contract.readings import Quality
from coldchain_device.alarm.fitted import FittedBox
from coldchain_device.alarm.presses import Press
from coldchain_device.alarm.remembering import Memory
from coldchain_device.alarm.standing import Kept
from coldchain_device.alarm.timeline import Moment, Timeline, reaching
from coldchain_device.card import CardFile
from coldchain_device.clock import SystemClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.milk.book import MilkBook
from coldchain_device.milk.told import Words
from coldchain_device.outbox import Outbox, Sample, Taken
from coldchain_device.plan import plan_of
from coldchain_device.power import open_power
from coldchain_device.sampling import Round
from coldchain_device.settings import DeviceSettings, PlacementSettings, PowerSettings, UnitSettings
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Side

MILK = urn_of_kernel_name("28-000000000001")
COOLER = UnitId("cooler-1")
NOON_S = 1_772_539_200
HOT = Limit(
    name="hot",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=3600,
    clear_celsius=7.5,
    clear_for_s=600,
    level=Level.CRITICAL,
    source="a test",
)


class Unreadable(Outbox):
    """An outbox on a card that gives nothing back now."""

    def latest(self, limit: int, *, after: int = 0) -> Iterator[Taken]:
        raise OutboxUnavailable(f"none of {limit} after {after}")

    def highest(self) -> int:
        raise OutboxUnavailable("the card is tired")


class Pi:
    """A box with one probe; `wall_s` is what its clock says, which nobody believes until `knows_the_time`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.boots = folder, 0
        self.wall_s, self.up_s = NOON_S, 0
        self.limits = (HOT,)
        self.told: list[LocalAlarm] = []
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.boot()

    @property
    def _synchronized(self) -> Path:
        return self.folder / "synchronized"

    def boot(self, *, off_s: int = 60) -> None:
        """Cut the power, for so long, and begin anew without knowing the time."""
        self.boots += 1
        self.wall_s, self.up_s = self.wall_s + off_s, 20
        self._synchronized.unlink(missing_ok=True)
        self.start()

    def knows_the_time(self) -> None:
        self._synchronized.touch()
        os.utime(self._synchronized, (self.wall_s, self.wall_s))

    def start(self) -> None:
        """Start the program, as after a crash: nothing was kept on the way."""
        boot_id = self.folder / f"boot-{self.boots}"
        boot_id.write_text(boot_id.name)
        self.clock = SystemClock(
            boot_id_file=boot_id,
            synchronized_file=self._synchronized,
            wall_s=lambda: float(self.wall_s),
            uptime_s=lambda: float(self.up_s),
        )
        self.clock.recall(self.outbox.recalled(boot_id.name))
        settings = DeviceSettings(
            site=SiteId("menaka"),
            device=DeviceId("pi-1"),
            placements=(PlacementSettings(probe=MILK, unit=COOLER),),
            units={COOLER: UnitSettings(limits=self.limits)},
        )
        self.book = MilkBook(
            CardFile(self.folder / "milk.json", Words), clock=self.clock, instant_of=self.outbox.instant_of
        )
        self.box = FittedBox(
            settings,
            plan=plan_of(settings, None),
            clock=self.clock,
            power=open_power(PowerSettings()),
            outputs=(),
            tell=self.told.append,
            on_news=lambda: None,
            outbox=self.outbox,
            answered=CardFile(self.folder / "answered.json", Kept),
            memory=CardFile(self.folder / "alarm.json", Memory),
            book=self.book,
        )
        self.told.clear()
        self.box.begin()

    def minutes(self, celsius: float, count: int) -> Light:
        for _ in range(count):
            self.wall_s, self.up_s = self.wall_s + 60, self.up_s + 60
            sample = Sample(probe=MILK, value=celsius, quality=Quality.OK, stamp=self.clock.stamp())
            self.outbox.add([sample])
            self.box.judge(Round(samples=(sample,), newly_faulty=frozenset()))
        return self.light

    @property
    def light(self) -> Light:
        return self.box.alarm.light(COOLER)

    def news(self) -> list[tuple[str, str]]:
        return [(one.change, one.light) for one in self.told]

    def shouts(self) -> bool:
        """Whether somebody who presses the button has anything to answer for."""
        before = len(self.told)
        self.box.alarm.pressed(Press.SHORT)
        return len(self.told) > before


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Pi]:
    made = Pi(tmp_path)
    yield made
    made.outbox.close()


def test_a_program_that_crashes_goes_on_where_it_was(pi: Pi) -> None:
    pi.minutes(4.0, 2)
    pi.minutes(8.5, 50)
    pi.start()
    assert pi.light is Light.GREEN
    assert pi.minutes(8.5, 10) is Light.GREEN
    assert pi.minutes(8.5, 1) is Light.RED


def test_a_program_that_is_told_to_stop_keeps_how_things_stand(pi: Pi) -> None:
    pi.minutes(4.0, 2)
    pi.minutes(8.5, 50)
    pi.box.close()
    pi.start()
    assert pi.minutes(8.5, 10) is Light.GREEN
    assert pi.minutes(8.5, 1) is Light.RED


def test_a_short_power_cut_costs_no_time_where_the_time_is_known(pi: Pi) -> None:
    pi.knows_the_time()
    pi.minutes(4.0, 2)
    pi.minutes(8.5, 50)
    pi.boot()
    pi.knows_the_time()
    pi.box.time_known()
    assert pi.minutes(8.5, 9) is Light.GREEN
    assert pi.minutes(8.5, 1) is Light.RED


def test_where_the_time_is_not_known_a_duration_begins_anew_and_the_unit_is_unknown_until_it_is_heard(pi: Pi) -> None:
    pi.minutes(4.0, 2)
    pi.minutes(8.5, 50)
    pi.boot()
    assert pi.light is Light.UNKNOWN
    assert pi.minutes(8.5, 59) is Light.GREEN
    assert pi.minutes(8.5, 2) is Light.RED


def test_a_breach_goes_on_over_a_power_cut_of_unknown_length(pi: Pi) -> None:
    pi.minutes(8.5, 62)
    pi.boot(off_s=9 * 3600)
    assert pi.told[-1].why == "too-warm"
    assert pi.minutes(8.5, 1) is Light.RED
    assert pi.shouts()


def test_what_was_answered_is_not_shouted_again_after_a_power_cut_and_is_told_as_heard(pi: Pi) -> None:
    pi.minutes(8.5, 62)
    assert pi.shouts()
    pi.boot()
    assert pi.news() == [("raised", "unknown"), ("heard", "unknown")]
    assert pi.minutes(8.5, 2) is Light.RED
    assert not pi.shouts()


def test_what_ended_and_comes_back_shouts_again_also_after_a_power_cut(pi: Pi) -> None:
    pi.minutes(8.5, 62)
    assert pi.shouts()
    pi.minutes(4.0, 12)
    pi.boot()
    pi.minutes(4.0, 1)
    assert pi.minutes(8.5, 62) is Light.RED
    assert pi.shouts()


def test_an_answer_to_what_is_over_is_not_kept_for_what_may_come(pi: Pi) -> None:
    pi.minutes(8.5, 62)
    assert pi.shouts()
    answered = (pi.folder / "answered.json").read_bytes()
    pi.minutes(4.0, 12)
    (pi.folder / "answered.json").write_bytes(answered)  # as if the power had gone before it was written
    pi.start()
    assert (pi.folder / "answered.json").read_bytes() == b"{}"


def test_a_memory_of_other_limits_is_not_used_but_the_readings_are(pi: Pi) -> None:
    pi.minutes(4.0, 2)
    pi.minutes(7.0, 50)
    pi.box.close()
    pi.limits = (msgspec.structs.replace(HOT, celsius=6.0, clear_celsius=5.5),)
    pi.start()
    assert pi.minutes(7.0, 10) is Light.GREEN
    assert pi.minutes(7.0, 1) is Light.RED


@pytest.mark.parametrize("content", [b"", b"{", b'{"sequence":1}', b"[]"])
def test_a_memory_that_cannot_be_read_is_none(pi: Pi, content: bytes) -> None:
    pi.minutes(8.5, 62)
    pi.box.close()
    for name in ("alarm.json", "answered.json"):
        (pi.folder / name).write_bytes(content)
    pi.start()
    assert pi.light is Light.RED


def test_a_card_that_cannot_be_read_begins_without_a_memory(pi: Pi) -> None:
    pi.minutes(8.5, 62)
    pi.outbox.close()
    pi.outbox = Unreadable(pi.folder / "outbox.sqlite")
    pi.start()
    assert pi.light is Light.UNKNOWN
    assert pi.minutes(4.0, 1) is Light.GREEN


def test_memory_and_readings_together_say_what_the_readings_alone_say(pi: Pi) -> None:
    for hour in range(15):
        pi.minutes(4.0 + hour % 5, 60)
    kept = pi.box.alarm.memory(outbox=str(pi.outbox.id), sequence=0)
    assert (pi.folder / "alarm.json").exists()
    pi.start()
    assert pi.box.alarm.memory(outbox=str(pi.outbox.id), sequence=0) == kept
    (pi.folder / "alarm.json").unlink()
    pi.start()
    assert pi.box.alarm.memory(outbox=str(pi.outbox.id), sequence=0) == kept


def test_the_card_is_written_to_four_times_a_day(pi: Pi) -> None:
    writes = set()
    for _ in range(24 * 6):
        pi.minutes(4.0, 10)
        file = pi.folder / "alarm.json"
        if file.exists():
            writes.add(file.stat().st_mtime_ns)
            assert file.stat().st_size < 8192
    assert len(writes) in (3, 4)


MOMENTS = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.integers(0, 10**9), st.one_of(st.none(), st.integers(0, 2 * 10**12)), st.booleans()
    ),
    max_size=30,
)


@given(MOMENTS)
def test_the_alarms_time_never_goes_back_and_follows_the_uptime_within_a_boot(
    moments: list[tuple[str, int, int | None, bool]],
) -> None:
    timeline, boots, uptime_ms = Timeline(), 0, 0
    for _, span_ms, at_ms, reboots in moments:
        boots, uptime_ms = (boots + 1, span_ms) if reboots else (boots, uptime_ms + span_ms)
        before, same = timeline, bool(timeline.boot_id) and not reboots
        moment = Moment(boot_id=str(boots), uptime_ms=uptime_ms, at_ms=at_ms)
        timeline = reaching(timeline, moment, unknown_gap_ms=1_800_001)
        assert timeline.now_ms >= before.now_ms
        assert timeline.base_ms + uptime_ms == timeline.now_ms
        if same:
            assert timeline.now_ms - before.now_ms == span_ms
        elif before.boot_id:
            assert timeline.now_ms - before.now_ms >= uptime_ms
        if before.boot_id and not same and before.at_ms is None:
            assert timeline.unsure
            assert timeline.now_ms - before.now_ms >= 1_800_001
