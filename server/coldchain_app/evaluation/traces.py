"""What is judged: a probe's readings, what is known to have gone wrong, and, if simulated, what the milk really did."""

import enum

import msgspec

from coldchain_contract.readings import Quality


class Subject(enum.Enum):
    """What an alarm is about."""

    MILK = "milk"
    PROBE = "probe"
    SILENCE = "silence"
    POWER = "power"


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One reading as it was heard: its instant, its value or the fault in place of one, and whether mains were on."""

    at_ms: int
    celsius: float | None
    quality: Quality = Quality.OK
    mains: bool = True


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled fault from `from_ms` until it was mended, and which alarms it explains.

    `spoiling` is set where a person said so of a recording; None: the truth says.
    """

    kind: str
    from_ms: int
    until_ms: int
    explains: frozenset[Subject]
    spoiling: bool | None = None


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What the milk really did, minute by minute from `begins_ms`: its °C, those of its fault-free twin, and litres."""

    begins_ms: int
    milk: list[float]
    twin: list[float]
    litres: list[float]

    def minute(self, at_ms: int) -> int:
        """Return the index of the minute that holds an instant, the last one for all that is later."""
        return max(0, min(len(self.milk) - 1, (at_ms - self.begins_ms) // 60_000))


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One unit through the whole time; readings in order of their instants."""

    unit: str
    cooler: str
    readings: list[Heard]
    cases: tuple[Case, ...] = ()
    truth: Truth | None = None

    @property
    def weeks(self) -> float:
        """Return how long the unit was watched, in weeks."""
        if not self.readings:
            return 0.0
        return (self.readings[-1].at_ms - self.readings[0].at_ms) / (7 * 86_400_000)
