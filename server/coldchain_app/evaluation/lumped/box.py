"""The heat in a cooler as two nodes, the body and the milk: one pure step of a minute."""

import math

import msgspec

FREEZES_CELSIUS = -0.54
_J_PER_L_K = 4048.0
_LATENT_J_PER_L = 299e3
_NO_MILK_LITRES = 0.2
_WEAK_ABOVE_CELSIUS, _WEAKER_A_DEGREE = 32.0, 0.012


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """What a cooler is. An `inverter` turns its compressor up and down; another one switches it."""

    cooling_w: float
    ua_w_per_k: float
    body_j_per_k: float
    inverter: bool
    set_celsius: float = 3.5


class State(msgspec.Struct, kw_only=True):
    """How a cooler is at a minute. `ice_j` is the latent heat that milk at its freezing point has given up."""

    body: float
    milk: float
    litres: float
    ice_j: float = 0.0
    runs: bool = False
    power: float = 0.0


class Forcing(msgspec.Struct, frozen=True, kw_only=True):
    """What acts on a cooler in one minute: `cooling` is the share of its power that it has."""

    outside: float
    cooling: float = 1.0
    leak_w_per_k: float = 0.0
    warmer: float = 0.0
    always: bool = False
    heater_w: float = 0.0


def minute(box: Box, state: State, forcing: Forcing) -> None:
    """Change `state` to what it is a minute later."""
    duty = _duty(box, state, forcing)
    weak = 1 - _WEAKER_A_DEGREE * max(0.0, forcing.outside - _WEAK_ABOVE_CELSIUS)
    cold = min(1.0, max(0.0, (state.body + 25.0) / 20.0))  # a body far below zero gives nothing more
    cooling = box.cooling_w * weak * cold * forcing.cooling * duty
    inward = (box.ua_w_per_k + forcing.leak_w_per_k) * (forcing.outside - state.body)
    exchange = 0.0
    if state.litres > _NO_MILK_LITRES:
        exchange = 4.0 * math.sqrt(state.litres) * (state.body - state.milk)
        _warm(state, exchange * 60)
    else:
        state.milk, state.ice_j = state.body, 0.0
    state.body += (inward + forcing.heater_w - cooling - exchange) * 60 / box.body_j_per_k


def _duty(box: Box, state: State, forcing: Forcing) -> float:
    """Return how hard the compressor works: by its speed, or on and off around the set point."""
    if forcing.always:
        return 1.0
    off = state.body - box.set_celsius - forcing.warmer
    if box.inverter:
        state.power += 0.05 * (min(1.0, max(0.0, 0.35 * off + 0.25)) - state.power)
        return state.power
    if off > 1.0:
        state.runs = True
    elif off < -1.5:
        state.runs = False
    return float(state.runs)


def _warm(state: State, joules: float) -> None:
    """Give heat to the milk, or take it: at the freezing point it goes into ice or out of it."""
    capacity = state.litres * _J_PER_L_K
    if state.ice_j > 0 and joules > 0:
        melted = min(state.ice_j, joules)
        state.ice_j -= melted
        joules -= melted
    state.milk += joules / capacity
    if state.milk < FREEZES_CELSIUS:
        state.ice_j = min(state.litres * _LATENT_J_PER_L, state.ice_j + (FREEZES_CELSIUS - state.milk) * capacity)
        if state.ice_j < state.litres * _LATENT_J_PER_L:
            state.milk = FREEZES_CELSIUS


def pour(state: State, *, litres: float, celsius: float) -> None:
    """Add milk and mix it in."""
    whole = state.litres + litres
    state.milk = (state.milk * state.litres + celsius * litres) / whole if state.litres > _NO_MILK_LITRES else celsius
    state.litres = whole


def take(state: State, share: float) -> None:
    """Take out a share of the milk."""
    state.litres *= 1 - share
    state.ice_j *= 1 - share
