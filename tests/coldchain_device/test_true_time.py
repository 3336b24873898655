"""Whatever a Pi's clock does, each reading that leaves it has its true time, or bounds that hold."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from hypothesis import example, given, settings
from hypothesis import strategies as st

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import SystemClock
from coldchain_device.outbox import Kept, Outbox, Sample
from coldchain_device.timekeeping import DRIFT, EXACT_MS

START_MS = 1_793_000_000_000
PROBE = urn_of_kernel_name("28-000000000001")


class TimedPi:
    """A Pi over days: power cuts, a system clock set by anybody, and the server's word now and then.

    Truth is kept beside it; nothing of it reaches the Pi but through what a clock would say.
    """

    def __init__(self, folder: Path, *, rtc_off_ms: int | None) -> None:
        self._folder, self._rtc_off_ms = folder, rtc_off_ms
        self._true_ms, self._uptime_ms, self._drift = float(START_MS), 0.0, 0.0
        self._wall_off_ms, self._boots, self._doubtful = 0.0, 0, False
        self._truth: dict[int, float] = {}
        self.sent: dict[int, Kept] = {}
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.boot(off_s=1, wall_ms=0, drift=0.0)

    def boot(self, *, off_s: float, wall_ms: float, drift: float) -> None:
        """Cut the power for a while. Where somebody may have set the clock wrong and called it right, the server is
        heard first: a wrong clock that nothing ever contradicts cannot be told from a right one."""
        if self._doubtful:
            self.hear(round_trip_s=1.0, share=0.5)
        self._true_ms += off_s * 1000
        self._boots += 1
        self._uptime_ms, self._drift, self._doubtful = 1000.0, drift, False
        self._wall_off_ms = wall_ms - self._true_ms if self._rtc_off_ms is None else self._rtc_off_ms
        (self._folder / "boot").write_text(f"boot-{self._boots}")
        (self._folder / "synchronized").unlink(missing_ok=True)
        self.start()

    def start(self) -> None:
        """Start the program, as after a boot or a crash."""
        self.clock = SystemClock(
            has_rtc=self._rtc_off_ms is not None,
            boot_id_file=self._folder / "boot",
            synchronized_file=self._folder / "synchronized",
            wall_s=lambda: (self._true_ms + self._wall_off_ms) / 1000,
            uptime_s=lambda: self._uptime_ms / 1000,
        )
        self.outbox.begin_boot(self.clock.stamp())
        self.clock.recall(self.outbox.recalled(self.clock.stamp().boot_id))
        self._turns = 0
        self._tend()

    def wait(self, seconds: float) -> None:
        self._true_ms += seconds * 1000
        self._uptime_ms += seconds * 1000 * (1 + self._drift)
        self._tend()

    def step(self, seconds: float) -> None:
        """Set the system's clock without saying so."""
        self._wall_off_ms += seconds * 1000
        self._doubtful = True
        self._tend()

    def synchronize(self, *, off_s: float) -> None:
        """Set the system's clock and say that it is right; with `off_s` it is not."""
        self._wall_off_ms = off_s * 1000
        self._doubtful = self._doubtful or off_s != 0
        file, wall_s = self._folder / "synchronized", (self._true_ms + self._wall_off_ms) / 1000
        file.touch()
        os.utime(file, (wall_s, wall_s))
        self._tend()

    def sample(self) -> None:
        self.outbox.add([Sample(probe=PROBE, value=4.0, quality=Quality.OK, stamp=self.clock.stamp())])
        self._truth[len(self._truth) + 1] = self._true_ms

    def hear(self, *, round_trip_s: float, share: float) -> None:
        """Ask the server for its time, and send what there is once it has come."""
        sent_uptime_ms = self.clock.stamp().uptime_ms
        server_ms = self._true_ms + share * round_trip_s * 1000
        self.wait(round_trip_s)
        self.clock.learn(round(server_ms), sent_uptime_ms=sent_uptime_ms)
        self._tend()
        if self.clock.checked:
            for kept in self.outbox.pending(10_000):
                self.sent[kept.sequence] = kept
            self.outbox.confirm(Sequences.of(self.sent), now_ms=self.clock.now_ms())

    def errors_ms(self) -> dict[int, float]:
        """Return by how much each reading that was sent is beyond what it may be off."""
        return {
            number: abs(kept.reading.at_ms - self._truth[number]) - kept.uncertainty_ms - EXACT_MS
            for number, kept in self.sent.items()
        }

    def _tend(self) -> None:
        stamp = self.clock.stamp()
        if self.clock.turns != self._turns:
            self._turns = self.clock.turns
            self.outbox.repair(stamp)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.outbox.close()


drifts = st.floats(-DRIFT * 0.9, DRIFT * 0.9)
wall_clocks = st.sampled_from([0, START_MS - 86_400_000, START_MS + 3_600_000, START_MS + 10**10])
steps = st.sampled_from([-3600.0, -30.0, 30.0, 3600.0, 10**8])
lies = st.sampled_from([-3600.0, 3600.0, 10**8])
events = st.one_of(
    st.tuples(st.just("sample"), st.fixed_dictionaries({})),
    st.tuples(st.just("sample"), st.fixed_dictionaries({})),
    st.tuples(st.just("wait"), st.fixed_dictionaries({"seconds": st.floats(1, 86_400)})),
    st.tuples(st.just("step"), st.fixed_dictionaries({"seconds": steps})),
    st.tuples(st.just("synchronize"), st.fixed_dictionaries({"off_s": st.just(0.0) | lies})),
    st.tuples(st.just("hear"), st.fixed_dictionaries({"round_trip_s": st.floats(0.05, 70), "share": st.floats(0, 1)})),
    st.tuples(
        st.just("boot"),
        st.fixed_dictionaries({"off_s": st.floats(5, 86_400), "wall_ms": wall_clocks, "drift": drifts}),
    ),
    st.tuples(st.just("start"), st.fixed_dictionaries({})),
)
rtcs = st.none() | st.sampled_from([0, 45_000, -45_000, 3_600_000, -3_600_000, -(10**11)])


Story = list[tuple[str, dict[str, float]]]
HEARD = ("hear", {"round_trip_s": 0.1, "share": 0.5})
A_DAY = [("sample", {}), ("wait", {"seconds": 86_400}), ("sample", {})]


def boot(drift: float) -> tuple[str, dict[str, float]]:
    return "boot", {"off_s": 5.0, "wall_ms": 0, "drift": drift}


@settings(deadline=None, max_examples=150)
@given(st.lists(events, max_size=25), rtcs)
@example([boot(9e-5), *A_DAY, HEARD], None)
@example([boot(9e-5), HEARD, *A_DAY, HEARD], None)
@example([("sample", {}), HEARD, boot(9e-5), *A_DAY], None)
@example([("sample", {}), HEARD, boot(-9e-5), *A_DAY], None)
@example([("sample", {}), HEARD, boot(9e-5), *A_DAY, boot(-9e-5), *A_DAY], None)
@example([("sample", {}), boot(0.0), ("synchronize", {"off_s": -3600.0})], None)
@example([("sample", {}), boot(0.0), ("synchronize", {"off_s": -3600.0})], -3_600_000)
@example([("sample", {}), ("synchronize", {"off_s": -3600.0}), ("synchronize", {"off_s": 0.0})], None)
def test_each_reading_that_is_sent_has_its_true_time_within_its_mark(story: Story, rtc_off_ms: int | None) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pi = stack.enter_context(TimedPi(folder, rtc_off_ms=rtc_off_ms))
        for name, how in story:
            getattr(pi, name)(**how)
        pi.boot(off_s=60, wall_ms=0, drift=0.0)
        pi.sample()
        pi.hear(round_trip_s=0.5, share=0.5)
        assert pi.outbox.extent().unconfirmed == 0
        assert {number: error for number, error in pi.errors_ms().items() if error > 0} == {}
