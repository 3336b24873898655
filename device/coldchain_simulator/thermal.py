"""The heat in one cooler: four first-order nodes between the air outside and the milk, one pure step."""

import math

import msgspec

MILK_FREEZES_CELSIUS = -0.54
"""Milk freezes at about −0.52…−0.56 °C."""
_MILK_J_PER_L_K = 1.03 * 3930.0
_MILK_LATENT_J_PER_L = 1.03 * 290e3  # 87 % of it is water, 334 kJ/kg
_FROZEN_MILK_J_PER_L_K = 1.03 * 2050.0
_ICE_LATENT_J_PER_KG = 334e3
_ICE_J_PER_KG_K, _WATER_J_PER_KG_K = 2100.0, 4190.0
_FULL_COOLING_CELSIUS, _NO_COOLING_CELSIUS = -10.0, -40.0
_EMPTY_LITRES = 1e-3


class Cabinet(msgspec.Struct, frozen=True, kw_only=True):
    """What a cooler is built of and set to. The defaults are design guesses for a household chest cooler.

    Evaporator, liner and air together hold 20 kJ/K, which gives an empty cooler the 3.7 h it keeps cold for.
    Milk meets the air over `milk_w_per_k` × litres^⅔, the surface of cans of one shape.
    """

    ua_w_per_k: float = 1.5
    cooling_w: float = 100.0
    evaporator_kj_per_k: float = 4.0
    liner_kj_per_k: float = 13.0
    air_kj_per_k: float = 3.0
    evaporator_w_per_k: float = 25.0
    liner_air_w_per_k: float = 50.0
    milk_w_per_k: float = 2.8
    door_w_per_k: float = 9.0
    holds_litres: float = 50.0
    ice_kg: float = 0.0
    set_celsius: float = 4.0
    band_celsius: float = 3.0


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What acts on a cooler during one step; the shares are 1 in a healthy one."""

    ambient_celsius: float
    powered: bool = True
    cooling_share: float = 1.0
    evaporator_share: float = 1.0
    leak_w_per_k: float = 0.0
    set_shift_celsius: float = 0.0


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one cooler.

    Heat of the milk counts from liquid at its freezing point, heat of the evaporator from ice at 0 °C.
    """

    evaporator_j: float
    liner_celsius: float
    air_celsius: float
    litres: float
    milk_j: float
    ice_kg: float
    running: bool = False


class Flows(msgspec.Struct, frozen=True, kw_only=True):
    """The heat flows of one instant in W: in from outside, between the nodes, and out by the compressor."""

    through_wall: float
    through_leak: float
    liner_to_evaporator: float
    liner_to_air: float
    air_to_milk: float
    compressor: float


def at_rest(cabinet: Cabinet, *, celsius: float, litres: float, air_celsius: float | None = None) -> Heat:
    """Return a cooler whose milk is at `celsius` and whose other nodes are at `air_celsius` (the same if not given)."""
    inside = celsius if air_celsius is None else air_celsius
    plate = cabinet.evaporator_kj_per_k * 1000
    evaporator = inside * (plate + cabinet.ice_kg * _ICE_J_PER_KG_K)
    if inside > 0:
        evaporator = 0.0 if cabinet.ice_kg else inside * plate  # ice lies at 0 °C whatever the rest
    return Heat(
        evaporator_j=evaporator,
        liner_celsius=inside,
        air_celsius=inside,
        litres=litres,
        milk_j=milk_joules(litres, celsius),
        ice_kg=cabinet.ice_kg,
    )


def milk_joules(litres: float, celsius: float) -> float:
    """Return the heat of liquid milk at `celsius`, in J above liquid at its freezing point."""
    return litres * _MILK_J_PER_L_K * (celsius - MILK_FREEZES_CELSIUS)


def milk_celsius(heat: Heat) -> float:
    """Return the milk's temperature; the air's where there is no milk. It stays at −0.54 °C while it freezes."""
    if heat.litres < _EMPTY_LITRES:
        return heat.air_celsius
    if heat.milk_j >= 0:
        return MILK_FREEZES_CELSIUS + heat.milk_j / (heat.litres * _MILK_J_PER_L_K)
    latent = heat.litres * _MILK_LATENT_J_PER_L
    if heat.milk_j >= -latent:
        return MILK_FREEZES_CELSIUS
    return MILK_FREEZES_CELSIUS + (heat.milk_j + latent) / (heat.litres * _FROZEN_MILK_J_PER_L_K)


def evaporator_celsius(cabinet: Cabinet, heat: Heat) -> float:
    """Return the evaporator's temperature; with an ice store it stays at 0 °C while ice melts or forms."""
    plate = cabinet.evaporator_kj_per_k * 1000
    latent = heat.ice_kg * _ICE_LATENT_J_PER_KG
    if heat.evaporator_j < 0:
        return heat.evaporator_j / (plate + heat.ice_kg * _ICE_J_PER_KG_K)
    if heat.evaporator_j <= latent:
        return 0.0
    return (heat.evaporator_j - latent) / (plate + heat.ice_kg * _WATER_J_PER_KG_K)


def ice_left_kg(heat: Heat) -> float:
    """Return how much of the ice store is still frozen."""
    return min(heat.ice_kg, max(0.0, heat.ice_kg - heat.evaporator_j / _ICE_LATENT_J_PER_KG))


def stored_joules(cabinet: Cabinet, heat: Heat) -> float:
    """Return all heat inside, so that its change is what came in less what the compressor took out."""
    solids = cabinet.liner_kj_per_k * heat.liner_celsius + cabinet.air_kj_per_k * heat.air_celsius
    return 1000 * solids + heat.evaporator_j + heat.milk_j


def flows(cabinet: Cabinet, heat: Heat, around: Surroundings) -> Flows:
    """Return the heat flows now. The compressor's capacity fades as the evaporator goes from −10 to −40 °C."""
    evaporator = evaporator_celsius(cabinet, heat)
    milk_w_per_k = cabinet.milk_w_per_k * math.cbrt(heat.litres) ** 2
    fading = (evaporator - _NO_COOLING_CELSIUS) / (_FULL_COOLING_CELSIUS - _NO_COOLING_CELSIUS)
    cooling = cabinet.cooling_w * around.cooling_share * min(1.0, max(0.0, fading))
    return Flows(
        through_wall=cabinet.ua_w_per_k * (around.ambient_celsius - heat.liner_celsius),
        through_leak=around.leak_w_per_k * (around.ambient_celsius - heat.air_celsius),
        liner_to_evaporator=cabinet.evaporator_w_per_k * around.evaporator_share * (heat.liner_celsius - evaporator),
        liner_to_air=cabinet.liner_air_w_per_k * (heat.liner_celsius - heat.air_celsius),
        air_to_milk=milk_w_per_k * (heat.air_celsius - milk_celsius(heat)),
        compressor=cooling if heat.running else 0.0,
    )


def thermostat(cabinet: Cabinet, heat: Heat, around: Surroundings) -> bool:
    """Return whether the compressor runs: between the edges of the band it goes on as it did. It feels the liner."""
    if not around.powered:
        return False
    middle = cabinet.set_celsius + around.set_shift_celsius
    if heat.liner_celsius >= middle + cabinet.band_celsius / 2:
        return True
    return heat.running and heat.liner_celsius > middle - cabinet.band_celsius / 2


def step(cabinet: Cabinet, heat: Heat, around: Surroundings, *, seconds: float) -> Heat:
    """Return the state `seconds` later (explicit Euler: stable for the default cabinet and 100 L up to 20 s)."""
    heat = msgspec.structs.replace(heat, running=thermostat(cabinet, heat, around))
    now = flows(cabinet, heat, around)
    liner_w = now.through_wall - now.liner_to_evaporator - now.liner_to_air
    air_w = now.through_leak + now.liner_to_air - now.air_to_milk
    return Heat(
        evaporator_j=heat.evaporator_j + (now.liner_to_evaporator - now.compressor) * seconds,
        liner_celsius=heat.liner_celsius + liner_w * seconds / (cabinet.liner_kj_per_k * 1000),
        air_celsius=heat.air_celsius + air_w * seconds / (cabinet.air_kj_per_k * 1000),
        litres=heat.litres,
        milk_j=heat.milk_j + now.air_to_milk * seconds,
        ice_kg=heat.ice_kg,
        running=heat.running,
    )


def poured(heat: Heat, *, litres: float, celsius: float) -> Heat:
    """Return the state after milk was added and mixed in."""
    return msgspec.structs.replace(heat, litres=heat.litres + litres, milk_j=heat.milk_j + milk_joules(litres, celsius))


def drawn(heat: Heat, *, litres: float) -> Heat:
    """Return the state after milk was taken out; all of it where there is not more."""
    left = heat.litres - litres
    if left < _EMPTY_LITRES:
        return msgspec.structs.replace(heat, litres=0.0, milk_j=0.0)
    return msgspec.structs.replace(heat, litres=left, milk_j=heat.milk_j * left / heat.litres)


def iced(heat: Heat, *, kilograms: float) -> Heat:
    """Return the state after ice at 0 °C was laid on the evaporator."""
    return msgspec.structs.replace(heat, ice_kg=heat.ice_kg + kilograms)
