"""What people do in a day: cans one by one, customers one by one, minute by minute."""

import random
from collections import defaultdict

import msgspec

from coldchain_app.evaluation.lumped.parameters import Habits

_MORNING, _EVENING = (5.5, 8.5), (16.5, 19.5)
_OPEN_HOURS = (6.5, 18.0)
_CANS_APART_MIN = 12.0
_SOLD_OUT_MINUTE = 16 * 60 + 20


class Doing(msgspec.Struct):
    """What is done in one minute: cans as (litres, °C), which share is sold, for how much of it the lid is open."""

    cans: list[tuple[float, float]] = msgspec.field(default_factory=list)
    sold: float = 0.0
    open_share: float = 0.0


def doings(habits: Habits, *, litres: float, day: int, key: str, delivery: float = 1.0) -> dict[int, Doing]:
    """Return what is done on day number `day`, by minute; `delivery` multiplies the milk that comes."""
    draw = random.Random(f"people/{key}/{day}")
    done: dict[int, Doing] = defaultdict(Doing)
    wanted = litres * draw.lognormvariate(0, 0.2) * delivery
    for hours, share in ((_MORNING, 0.55), (_EVENING, 0.45)):
        _bring(done, draw, habits, litres=wanted * share, hours=hours)
    _sell(done, draw, habits, day=day)
    return done


def _bring(
    done: dict[int, Doing], draw: random.Random, habits: Habits, *, litres: float, hours: tuple[float, float]
) -> None:
    minute = draw.uniform(*hours) * 60
    while litres > 0.5 and minute < 1439:
        can = min(litres, draw.uniform(*habits.can_litres))
        done[int(minute)].cans.append((can, draw.uniform(*habits.can_celsius)))
        _open(done, int(minute), draw.expovariate(1 / habits.open_s))
        litres -= can
        minute += draw.expovariate(1 / _CANS_APART_MIN)


def _sell(done: dict[int, Doing], draw: random.Random, habits: Habits, *, day: int) -> None:
    market = day % habits.market_every_days == habits.market_every_days - 1
    customers = draw.randint(*(habits.market_customers if market else habits.customers_a_day))
    for number in range(customers):
        minute = int(draw.uniform(*_OPEN_HOURS) * 60)
        done[minute].sold = max(done[minute].sold, draw.uniform(0.5, 1.5) / (customers - number + 1))
        _open(done, minute, draw.expovariate(1 / habits.open_s))
    done[_SOLD_OUT_MINUTE].sold = 1 - draw.uniform(*habits.carried_over)


def _open(done: dict[int, Doing], minute: int, seconds: float) -> None:
    while seconds > 0 and minute < 1440:
        done[minute].open_share = min(1.0, done[minute].open_share + min(seconds, 60.0) / 60)
        seconds -= 60.0
        minute += 1
