"""How much is measured: enough for a figure, or just enough to see that a benchmark works."""

import msgspec


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of what is done; every figure is the median of `runs`.

    `quiet_s` is how long nothing may come before what is missing counts as lost: longer than ours rests between trials.
    """

    runs: int = 3
    decodings: int = 4_000
    single_messages: int = 20_000
    full_packs: int = 5_000
    rival_messages: int = 300_000
    lossy_s: float = 40
    lossy_rate: int = 200
    quiet_s: float = 20
    probes: int = 10_000
    few_probes: int = 100
    load_minutes: int = 10
    load_minute_s: float = 60
    commits: int = 300
    incidents: int = 50
    minutes: int = 1440
    wire_minutes: int = 120
    backlog_devices: int = 100
    backlog_minutes: int = 7 * 1440
    milk_units: int = 1_000
    milk_days: int = 365


TINY = Scale(
    runs=1,
    decodings=3,
    single_messages=40,
    full_packs=4,
    rival_messages=400,
    lossy_s=2,
    lossy_rate=20,
    quiet_s=4,
    probes=40,
    few_probes=8,
    load_minutes=3,
    load_minute_s=0.5,
    commits=3,
    incidents=2,
    minutes=30,
    wire_minutes=10,
    backlog_devices=3,
    backlog_minutes=10_000,
    milk_units=9,
    milk_days=2,
)
