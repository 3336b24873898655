"""Run by test_outbox_room.py on a disk of its own: sample while the card is full, and say what became of it."""

import contextlib
import json
import sys
from pathlib import Path

import structlog

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import GivenClock
from coldchain_device.outbox import Outboxes, Room
from coldchain_device.outbox.settled import DAY_MS, Fate
from coldchain_device.plan import Plan, plan_of
from coldchain_device.probes.patience import PatientReader
from coldchain_device.sampling import Sampler
from coldchain_device.settings import DeviceSettings, PlacementSettings
from coldchain_simulator.w1_text import w1_text

PROBES = tuple(urn_of_kernel_name(f"28-{number:012x}") for number in range(1, 41))
NOON, MINUTE = 1_772_539_200_000, 60_000
RESERVE = 2 * 1024**2


class EvenBus:
    """Every probe says four degrees."""

    def found(self) -> list[ProbeUrn]:
        return list(PROBES)

    def read(self, probe: ProbeUrn) -> bytes | None:
        return w1_text(4.0).encode() if probe in PROBES else None


class Card:
    """A device on a card whose room somebody else takes and gives back."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler = folder, folder / "somebody-elses"
        self.clock = SetClock(NOON)
        clock = GivenClock(self.clock)
        self.outboxes = Outboxes(folder / "outbox.sqlite", reserve_bytes=RESERVE)
        self.room = Room(self.outboxes, clock=clock)
        self.sampler = Sampler(
            reader=PatientReader(EvenBus()),
            outbox=self.outboxes.live,
            clock=clock,
            plan=lambda: PLAN,
            on_round=lambda _: None,
            make_room=self.room.make,
            most_unwritten=10 * len(PROBES),
        )
        self.taken = 0

    def fill(self) -> None:
        """Have somebody else take all the room there is, to the last byte."""
        with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def sample(self, rounds: int) -> int:
        """Take rounds, and return how many of them the card took."""
        before = self.sampler.rounds_kept
        for _ in range(rounds):
            self.clock.set(self.clock.now_ms() + MINUTE)
            self.sampler.take()
            self.taken += len(PROBES)
        return self.sampler.rounds_kept - before

    def sample_until_it_takes_nothing(self) -> int:
        rounds, refused = 0, 0
        while refused < 3:
            if self.sample(1):
                rounds, refused = rounds + 1, 0
            else:
                refused += 1
        return rounds

    def waiting(self) -> int:
        return self.outboxes.live.depth()


PLAN: Plan = plan_of(
    DeviceSettings(
        site=SiteId("menaka"),
        device=DeviceId("pi-1"),
        placements=tuple(PlacementSettings(probe=probe, unit=UnitId("cooler")) for probe in PROBES),
    ),
    None,
)


def story(folder: Path) -> dict[str, object]:
    """Fill the card, and go through what may go first; each entry of what is returned is looked at by the test."""
    card, told = Card(folder), dict[str, object]()
    live, reserve = card.outboxes.live, card.outboxes.reserve
    told["while there is room"] = card.sample(500)
    card.fill()
    card.sample_until_it_takes_nothing()
    told["all there"] = card.waiting() == card.taken - 3 * len(PROBES)
    told["the reserve is kept"] = reserve.held() == RESERVE
    live.confirm(Sequences.span(1, 12_000), now_ms=card.clock.now_ms())
    card.sample(6)  # each makes some room
    cycles = []
    for first in (12_001, 14_001, 16_001):
        live.confirm(Sequences.span(first, first + 1_999), now_ms=card.clock.now_ms())
        cycles.append(card.sample_until_it_takes_nothing())
    told["each time some is confirmed it goes on"] = min(cycles) > 0
    told["once some is confirmed"] = sum(cycles)
    told["nothing that waits was deleted"] = len(live.settled(Fate.LOST)) == 0
    told["some of the reserve is left"] = reserve.held() > 0
    waiting = card.waiting()
    card.clock.set(card.clock.now_ms() + 91 * DAY_MS)
    told["once the rest is ninety days old"] = card.sample(30)
    lost = live.settled(Fate.LOST)
    told["lost"] = str(lost)
    told["no more is lost than needed"] = len(lost) < waiting
    card.filler.unlink()
    told["with room again"] = card.sample(10)
    reserve.hold_again()
    told["the reserve is back"] = reserve.held() == RESERVE
    identity = live.id
    card.outboxes.close()
    again = Outboxes(folder / "outbox.sqlite")
    told["the file is whole"] = again.live.id == identity
    again.close()
    return told


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.stdout.write(json.dumps(story(Path(sys.argv[1]))))
