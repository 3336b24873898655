"""Sampling: every probe of the plan read once a round, each answer or fault committed before anything else."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence

import msgspec
import structlog

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.messages import ProbeHealth
from coldchain_contract.readings import Quality
from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import Outbox, Sample
from coldchain_device.plan import Plan, Spot
from coldchain_device.probes.classify import classify, family_of
from coldchain_device.probes.patience import PatientReader

_log = structlog.get_logger()
MOST_UNWRITTEN = 5_000
"""Twenty hours of four probes a minute."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round: what each probe gave, and which probes have a fault they did not have before."""

    samples: tuple[Sample, ...]
    newly_faulty: frozenset[ProbeUrn]


class Sampler:
    """Takes rounds, one at a time, from whichever thread asks.

    While the card takes nothing, the last samples wait in memory and go in with the next round that succeeds;
    `make_room` is called after each that does not.
    """

    def __init__(
        self,
        *,
        reader: PatientReader,
        outbox: Outbox,
        clock: DeviceClock,
        plan: Callable[[], Plan],
        on_round: Callable[[Round], None],
        make_room: Callable[[], None],
        most_unwritten: int = MOST_UNWRITTEN,
    ) -> None:
        self._make_room, self._most_unwritten, self._forgotten = make_room, most_unwritten, 0
        self._reader, self._outbox, self._clock = reader, outbox, clock
        self._plan, self._on_round = plan, on_round
        self._lock = threading.Lock()
        self._health: dict[ProbeUrn, ProbeHealth] = {}
        self._unwritten: deque[Sample] = deque(maxlen=most_unwritten)
        self.rounds_kept = 0

    def take(self, only: Collection[ProbeUrn] | None = None) -> Round:
        """Read the plan's probes (those of `only`, where given), commit what they gave, and pass it on."""
        with self._lock:
            spots = [spot for spot in self._plan().spots if only is None or spot.probe in only]
            samples = tuple(self._sample(spot) for spot in spots)
            taken = Round(samples=samples, newly_faulty=self._note(samples))
            self._keep(samples)
        self._on_round(taken)
        return taken

    def health(self) -> tuple[ProbeHealth, ...]:
        """Return how each probe did in its last rounds."""
        return tuple(self._health.values())

    def _sample(self, spot: Spot) -> Sample:
        stamp = self._clock.stamp()
        text = self._reader.read(spot.probe)
        value, quality = classify(text, family=family_of(spot.probe), plausible=spot.plausible, offset=spot.offset)
        return Sample(probe=spot.probe, value=value, quality=quality, stamp=stamp)

    def _keep(self, samples: Sequence[Sample]) -> None:
        self._remember(samples)
        if not self._unwritten:  # nothing is configured yet: the device waits for its config, and is well
            self.rounds_kept += 1
            return
        was_waiting = len(self._unwritten) > len(samples)
        try:
            self._outbox.add(tuple(self._unwritten))
        except OutboxUnavailable as error:
            if not was_waiting:
                _log.error("the card takes no samples, they wait in memory", why=error)
            self._make_room()
            return
        if was_waiting:
            _log.info("the card takes samples again", waited=len(self._unwritten), lost=self._forgotten)
        self._unwritten.clear()
        self._forgotten = 0
        self.rounds_kept += 1

    def _remember(self, samples: Sequence[Sample]) -> None:
        """Have `samples` wait with those the card did not take; where they are too many, the oldest are lost."""
        lost = max(0, len(self._unwritten) + len(samples) - self._most_unwritten)
        if lost and not self._forgotten:
            _log.error("the card takes nothing, and the oldest samples in memory are lost", kept=self._most_unwritten)
        self._forgotten += lost
        self._unwritten.extend(samples)

    def _note(self, samples: Sequence[Sample]) -> frozenset[ProbeUrn]:
        """Remember how each probe did; say a fault once when it begins and once when it ends."""
        newly_faulty: set[ProbeUrn] = set()
        for sample in samples:
            before = self._health.get(sample.probe)
            faulty = sample.quality is not Quality.OK
            in_a_row = (before.faults_in_a_row if before else 0) + 1 if faulty else 0
            self._health[sample.probe] = ProbeHealth(
                probe=sample.probe, quality=sample.quality.value, faults_in_a_row=in_a_row
            )
            if faulty and (before is None or before.quality != sample.quality.value):
                newly_faulty.add(sample.probe)
                _log.warning("probe fault", probe=sample.probe, quality=sample.quality.value)
            elif not faulty and before and before.faults_in_a_row:
                _log.info("probe mended", probe=sample.probe, rounds_without_value=before.faults_in_a_row)
        return frozenset(newly_faulty)
