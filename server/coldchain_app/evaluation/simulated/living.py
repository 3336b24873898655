"""One unit of the first generator through the season: physics, people, faults, and its fault-free twin beside it."""

from datetime import date, timedelta

from coldchain_app.evaluation.season import Season
from coldchain_app.evaluation.simulated.breaking import Breaking
from coldchain_app.evaluation.simulated.days import Act, Day
from coldchain_app.evaluation.simulated.drawing import Drawn, drawn
from coldchain_app.evaluation.simulated.measuring import Probe
from coldchain_app.evaluation.simulated.parameters import Simulated
from coldchain_app.evaluation.traces import Heard, Trace, Truth
from coldchain_simulator.climate import Climate
from coldchain_simulator.faults import Effects, overloads
from coldchain_simulator.happenings import poured_litres
from coldchain_simulator.thermal import Heat, Surroundings, at_rest, milk_celsius, poured, step
from coldchain_simulator.thermal import drawn as taken

_DAY_MS, _MINUTE_MS = 86_400_000, 60_000
_WELL = Effects()
_SAME_CELSIUS, _SAME_LITRES = 0.02, 0.05


def trace_of(unit: int, parameters: Simulated, season: Season) -> Trace:
    """Return what unit number `unit` (from 0) goes through; the same for the same parameters."""
    return _Living(drawn(unit, parameters, season), unit, parameters, season).trace()


class _Living:
    """The loop over days, minutes and steps. The twin is simulated only while it differs."""

    def __init__(self, unit: Drawn, number: int, parameters: Simulated, season: Season) -> None:
        self._unit, self._number, self._parameters, self._season = unit, number, parameters, season
        self._climate = Climate(seed=parameters.seed)
        self._heat = at_rest(unit.cabinet, celsius=4.0, litres=unit.habit.keeps_litres)
        self._twin: Heat | None = None
        self._probe = Probe(unit.key, parameters.life)
        self._readings: list[Heard] = []
        self._truth = Truth(begins_ms=season.begins_ms, milk=[], twin=[], litres=[])

    def trace(self) -> Trace:
        for number in range(self._season.days):
            self._day(self._season.begins + timedelta(days=number), self._season.begins_ms + number * _DAY_MS)
        return Trace(
            unit=f"first-{self._number + 1}",
            cooler=self._unit.cooler,
            readings=self._readings,
            cases=tuple(fault.case for fault in self._unit.faults),
            truth=self._truth,
        )

    def _day(self, day: date, begins_ms: int) -> None:
        step_s = self._parameters.step_s
        acts = Day(self._unit, self._parameters.life, day=day, begins_ms=begins_ms, step_s=step_s)
        for at_ms in range(begins_ms, begins_ms + _DAY_MS, _MINUTE_MS):
            fault = next((one for one in self._unit.faults if one.acts(at_ms)), None)
            effects = fault.effects(cabinet=self._unit.cabinet, at_ms=at_ms) if fault else _WELL
            self._part_or_join(fault)
            self._minute(at_ms, acts, fault=fault, effects=effects, ambient=self._climate.celsius(at_ms))
            self._record(at_ms + _MINUTE_MS, fault, effects)

    def _minute(self, at_ms: int, acts: Day, *, fault: Breaking | None, effects: Effects, ambient: float) -> None:
        seconds = self._parameters.step_s
        powered = fault is None or not fault.kind.power
        for step_ms in range(at_ms, at_ms + _MINUTE_MS, seconds * 1000):
            act = acts.act(step_ms)
            if self._twin is not None:
                self._twin = self._stepped(self._twin, act, _WELL, ambient=ambient, powered=True)
            heat = self._heat
            if fault is not None:
                heat = self._overloaded(heat, fault, step_ms)
            self._heat = self._stepped(heat, act, effects, ambient=ambient, powered=powered)

    def _stepped(self, heat: Heat, act: Act | None, effects: Effects, *, ambient: float, powered: bool) -> Heat:
        door = effects.door_share
        if act is not None:
            heat = _done(heat, act)
            door = max(door, float(act.door))
        around = Surroundings(
            ambient_celsius=ambient,
            powered=powered and not (act is not None and act.defrost),
            cooling_share=effects.cooling_share,
            evaporator_share=effects.evaporator_share,
            leak_w_per_k=effects.leak_w_per_k + door * self._unit.cabinet.door_w_per_k,
            set_shift_celsius=effects.set_shift_celsius,
        )
        return step(self._unit.cabinet, heat, around, seconds=self._parameters.step_s)

    def _overloaded(self, heat: Heat, fault: Breaking, at_ms: int) -> Heat:
        """Pour in what an overload brings in this step."""
        if fault.fault is None:
            return heat
        for fill in overloads((fault.fault,), cabinet=self._unit.cabinet):
            litres = poured_litres(fill, from_ms=at_ms, to_ms=at_ms + self._parameters.step_s * 1000)
            if litres:
                heat = poured(heat, litres=litres, celsius=fill.celsius)
        return heat

    def _part_or_join(self, fault: Breaking | None) -> None:
        """Let the twin go its own way with the beginning of a fault, until nothing tells the two apart."""
        if fault is not None:
            self._twin = self._heat if self._twin is None else self._twin
        elif self._twin is not None and _same(self._twin, self._heat):
            self._twin = None

    def _record(self, at_ms: int, fault: Breaking | None, effects: Effects) -> None:
        milk = milk_celsius(self._heat)
        self._truth.milk.append(milk)
        self._truth.twin.append(milk if self._twin is None else milk_celsius(self._twin))
        self._truth.litres.append(self._heat.litres)
        felt = milk + effects.probe_in_air * (self._heat.air_celsius - milk)
        reading = self._probe.read(at_ms, felt, fault)
        if reading is not None:
            self._readings.append(reading)


def _done(heat: Heat, act: Act) -> Heat:
    if act.litres:
        heat = poured(heat, litres=act.litres, celsius=act.celsius)
    if act.takes is not None:
        heat = taken(heat, litres=min(act.takes, heat.litres))
    return heat


def _same(one: Heat, other: Heat) -> bool:
    return (
        abs(milk_celsius(one) - milk_celsius(other)) < _SAME_CELSIUS and abs(one.litres - other.litres) < _SAME_LITRES
    )
