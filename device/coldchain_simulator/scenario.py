"""The scenario: which sites, coolers, probes and devices there are, how they are used, and what breaks when."""

from zoneinfo import ZoneInfo

import msgspec

from coldchain_contract.identifiers import DeviceId, SiteId, UnitId
from coldchain_simulator.climate import Climate
from coldchain_simulator.faults import Fault, Place, ProbeFault
from coldchain_simulator.happenings import Habit, Happening
from coldchain_simulator.power import Battery, Grid
from coldchain_simulator.thermal import Cabinet


class UnitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One cooler as the scenario starts: how much milk at what temperature, how it is used, what breaks.

    `habit_from_ms` is when the habit begins (None: with the scenario). `places` are where its probes sit.
    """

    id: UnitId
    name: str
    cabinet: Cabinet = Cabinet()
    litres: float = 0.0
    celsius: float = 4.0
    habit: Habit | None = None
    habit_from_ms: int | None = None
    happenings: tuple[Happening, ...] = ()
    faults: tuple[Fault | ProbeFault, ...] = ()
    places: tuple[Place, ...] = (Place.MILK, Place.AIR)


class SitePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One cooperative: its coolers, the one Raspberry Pi that reads all its probes, its mains and battery."""

    id: SiteId
    name: str
    zone: ZoneInfo
    device: DeviceId
    units: tuple[UnitPlan, ...]
    grid: Grid = Grid()
    battery: Battery | None = None


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is simulated, from `origin_ms` on, in steps of `step_s` seconds.

    Probes show their temperature with a fixed error each and noise at every step (standard deviations).
    """

    origin_ms: int
    sites: tuple[SitePlan, ...]
    climate: Climate = Climate()
    step_s: int = 10
    probe_error_celsius: float = 0.1
    noise_celsius: float = 0.03
