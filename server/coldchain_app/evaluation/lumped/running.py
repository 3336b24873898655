"""One unit of the second generator through the season, and beside it the same unit without its troubles."""

from coldchain_app.evaluation.lumped.box import Forcing, State, minute, pour, take
from coldchain_app.evaluation.lumped.drawing import Life, drawn_life
from coldchain_app.evaluation.lumped.parameters import Lumped
from coldchain_app.evaluation.lumped.people import Doing, doings
from coldchain_app.evaluation.lumped.probe import LaggingProbe
from coldchain_app.evaluation.lumped.troubles import Trouble
from coldchain_app.evaluation.lumped.weather import at_minute, hourly
from coldchain_app.evaluation.season import Season
from coldchain_app.evaluation.traces import Trace, Truth

_DAY_MIN = 1440
_LID_W_PER_K = 8.0
_DEFROST_MIN = 15


def trace_of(unit: int, parameters: Lumped, season: Season) -> Trace:
    """Return what unit number `unit` (from 0) goes through; the same for the same parameters."""
    life = drawn_life(unit, parameters, season)
    air = hourly(season.days * 24, parameters.seed)
    truth = Truth(begins_ms=season.begins_ms, milk=[], twin=[], litres=[])
    probe = LaggingProbe(life.key, parameters.life, begins_ms=season.begins_ms)
    real = _run(life, parameters, air, troubles=life.troubles)
    twin = _run(life, parameters, air, troubles=())
    readings = []
    for at, (state, well) in enumerate(zip(real, twin, strict=True), start=1):
        trouble = _acting(life.troubles, at - 1)
        truth.milk.append(state[0])
        truth.twin.append(well[0])
        truth.litres.append(state[2])
        reading = probe.read(at, milk=state[0], body=state[1], litres=state[2], trouble=trouble)
        if reading is not None:
            readings.append(reading)
    return Trace(
        unit=f"second-{unit + 1}",
        cooler=life.kind.name,
        readings=readings,
        cases=tuple(trouble.case(season.begins_ms) for trouble in life.troubles),
        truth=truth,
    )


def _run(
    life: Life, parameters: Lumped, air: list[float], *, troubles: tuple[Trouble, ...]
) -> list[tuple[float, float, float]]:
    """Return (milk, body, litres) at the end of every minute."""
    state = State(body=4.0, milk=4.0, litres=0.0)
    days = (len(air) - 1) // 24
    found = []
    for day in range(days):
        delivery = _delivery(troubles, day)
        done = doings(parameters.life, litres=life.litres_a_day, day=day, key=life.key, delivery=delivery)
        for past in range(_DAY_MIN):
            at = day * _DAY_MIN + past
            doing = done.get(past)
            if doing is not None:
                _do(state, doing)
            forcing = _forcing(life, parameters, at=at, outside=at_minute(air, at), doing=doing)
            trouble = _acting(troubles, at)
            minute(life.box, state, forcing if trouble is None else trouble.forcing(forcing, at))
            found.append((state.milk, state.body, state.litres))
    return found


def _do(state: State, doing: Doing) -> None:
    if doing.sold:
        take(state, min(1.0, doing.sold))
    for litres, celsius in doing.cans:
        pour(state, litres=litres, celsius=celsius)


def _forcing(life: Life, parameters: Lumped, *, at: int, outside: float, doing: Doing | None) -> Forcing:
    defrosts = at % life.defrost_every_min >= life.defrost_every_min - _DEFROST_MIN
    return Forcing(
        outside=outside,
        leak_w_per_k=0.0 if doing is None else doing.open_share * _LID_W_PER_K,
        cooling=0.0 if defrosts else 1.0,
        heater_w=parameters.life.defrost_w if defrosts else 0.0,
    )


def _acting(troubles: tuple[Trouble, ...], at: int) -> Trouble | None:
    return next((trouble for trouble in troubles if trouble.begins <= at < trouble.ends), None)


def _delivery(troubles: tuple[Trouble, ...], day: int) -> float:
    """Return how much of the usual milk comes on a day."""
    for trouble in troubles:
        if trouble.name == "double-delivery" and trouble.begins // _DAY_MIN == day:
            return trouble.size
    return 1.0
