"""The verdict: what a rule says about a subject at a time, with its reason and evidence."""

import enum

import msgspec

from coldchain_judgement.limits import Guard, Level, Limit


class Standing(enum.Enum):
    """Where a rule stands on a subject. Unknown is a rule that has not had what it needs to say either."""

    FINE = "fine"
    BREACH = "breach"
    UNKNOWN = "unknown"


class Why(enum.Enum):
    """The reason of a verdict, kept in the ledger and shown."""

    WITHIN = "within"  # no limit is crossed
    TOO_WARM = "too-warm"
    TOO_COLD = "too-cold"
    SILENT = "silent"  # nothing has been heard
    PROBE_FAULT = "probe-fault"  # heard, but without a value
    HEARD_AGAIN = "heard-again"  # after silence, or for the first time
    PROBE_MENDED = "probe-mended"  # values come: after faults, or for the first time
    WARM_TOO_LONG = "warm-too-long"  # too many warm hours, put together
    COOLS_SLOWLY = "cools-slowly"  # warm milk does not get cold as it does in this unit
    BLEND_TOO_WARM = "blend-too-warm"  # warm milk was poured to cold milk and warmed it
    WARMING = "warming"  # still within its limits, but getting warmer without a break
    POWER_LOST = "power-lost"  # sensed: there is no mains power
    JUMP = "jump"  # the probe leaps and comes back, which milk cannot
    STUCK = "stuck"  # the probe says the same while what is around it moves
    TOO_SMALL = "too-small"  # a standing finding, no alarm: the unit cannot cool its usual fills in time
    TIME_LEFT = "time-left"  # what is left of the milk's time ends before anybody needs it, or has ended
    WITHDRAWN = "withdrawn"  # nobody judges it any more: the probe was moved, or the limit taken out of the profile
    OUTAGE = "outage"  # several sites have lost power or network at about the same time
    SITE_SILENT = "site-silent"  # nothing is heard of a whole site
    CHANNEL_DEAD = "channel-dead"  # what people are told by does not work: a modem, a gateway


FINDINGS = frozenset({Why.TOO_SMALL})
"""What a technician and a lab should know, and nobody is called for: no light changes and no incident opens."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a verdict rests on, and the limit as it was when it was applied.

    `worst_celsius` is the farthest beyond the limit since `Verdict.since_ms`, or in the breach that has ended.
    `after_s` is how long silence or faults were borne, or how long milk was warm in all, or a fill usually takes.
    `guard` is a limit of another kind than a line and a duration. Of a breach that was over before anybody knew of it,
    `until_ms` is its end, and `times` how often it was so. Of milk, `deadline_ms` is until when it is good at
    worst, and `log10_cautious` how many bacteria a ml it may have by now.
    """

    celsius: float | None = None
    worst_celsius: float | None = None
    quality: str | None = None
    last_heard_ms: int | None = None
    limit: Limit | None = None
    profile: str | None = None
    after_s: int | None = None
    guard: Guard | None = None
    until_ms: int | None = None
    times: int | None = None
    deadline_ms: int | None = None
    log10_cautious: float | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says from now on. `rule` names it, and the limit where it judges one.

    `since_ms` is when what is said began; `happened_ms` the instant that made it so (the duration was full).
    """

    rule: str
    standing: Standing
    level: Level
    why: Why
    since_ms: int
    happened_ms: int
    evidence: Evidence
