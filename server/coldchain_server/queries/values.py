"""What the reading door gives: frozen values, all instants UTC milliseconds, all temperatures °C."""

import msgspec

from coldchain_contract.identifiers import DeviceId, ProbeUrn
from coldchain_contract.readings import Quality
from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Place, Site, Unit
from coldchain_server.fleet.source import Confidence
from coldchain_server.incidents.handling import Handling
from coldchain_server.spool.totals import Totals
from coldchain_server.store.protocol import Bucket


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One temperature, when it was measured, and how far it is to be trusted."""

    probe: ProbeUrn
    place: Place
    celsius: float
    at_ms: int
    confidence: Confidence = Confidence.HIGH


class ProbeNow(msgspec.Struct, frozen=True, kw_only=True):
    """One probe of a unit: its newest reading, the newest that had a value, and how its device sees it.

    `quality` None is a probe that was never heard. `fresh` says whether `ok` is recent enough to go by, `heard` whether
    anything was read recently, a fault included. `estimated`: its device did not know the time, so the newest reading
    is dated by its receipt.
    """

    probe: ProbeUrn
    place: Place
    device: DeviceId
    at_ms: int | None = None
    quality: Quality | None = None
    ok: Measured | None = None
    fresh: bool = False
    heard: bool = False
    estimated: bool = False
    confidence: Confidence = Confidence.HIGH


class BoxLight(msgspec.Struct, frozen=True, kw_only=True):
    """The light on the box as the device last said it. `device_silent` is a box that may show something else by now."""

    light: Light
    at_ms: int
    heard: bool  # somebody pressed the button
    device_silent: bool


class IncidentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One incident. A larger cause has a unit without an identifier, over several sites a site without one.

    `handling` is what somebody does about it, None where nobody has said; `past` was found late; `parent` is the
    number of the larger cause that it belongs to; `good_until_ms` until when its milk was good at worst when that was
    found, None where nobody could say.
    """

    id: int
    site: Site
    unit: Unit
    why: Why
    level: Level
    state: str  # pending, open, acknowledged, suppressed, resolved
    since_ms: int
    opened_ms: int
    resolved_ms: int | None
    limit: Limit | None
    worst_celsius: float | None
    confidence: Confidence = Confidence.HIGH  # of what was measured; high too where the probe is known no more
    handling: Handling | None = None
    past: bool = False
    parent: int | None = None
    good_until_ms: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state != "resolved"


class UnitNow(msgspec.Struct, frozen=True, kw_only=True):
    """One unit as it stands: its light, why, and what to do.

    `temperature` is the last one known, whatever its age; `fresh` says whether it may be taken for the present one,
    `estimated` that its time is that of its receipt. `advice` is None where nothing was ever heard. `beyond` is a limit
    that the present temperature is beyond, not yet for long enough to be an incident.
    """

    site: Site
    unit: Unit
    light: Light
    why: Why
    since_ms: int | None
    level: Level | None
    acknowledged: bool
    advice: Advice | None
    temperature: Measured | None
    fresh: bool
    estimated: bool
    beyond: Limit | None
    heard_ms: int | None
    box: BoxLight | None
    mains: bool | None
    incidents: tuple[IncidentSummary, ...]


class UnitStory(msgspec.Struct, frozen=True, kw_only=True):
    """One unit in full."""

    now: UnitNow
    probes: tuple[ProbeNow, ...]
    limits: tuple[Limit, ...]
    past: tuple[IncidentSummary, ...]


class FaultMark(msgspec.Struct, frozen=True, kw_only=True):
    """A reading without a value."""

    at_ms: int
    quality: Quality


class ProbeCurve(msgspec.Struct, frozen=True, kw_only=True):
    probe: ProbeUrn
    place: Place
    buckets: tuple[Bucket, ...]
    faults: tuple[FaultMark, ...]
    confidence: Confidence = Confidence.HIGH


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The temperatures of one unit over a span. A stretch without a bucket is a gap and stays one.

    `faults_marked` is False where the span is too long to mark single faults.
    """

    start_ms: int
    end_ms: int
    probes: tuple[ProbeCurve, ...]
    limits: tuple[Limit, ...]
    faults_marked: bool


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to tell one person by one channel; never the address."""

    contact: str
    channel_kind: str
    language: str
    text: str
    state: str  # pending, sending, sent, failed, unknown
    attempts: int
    at_ms: int
    outcome: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One transition of an incident, with who was told of it; `handling` and `text` are of somebody's answer."""

    from_state: str
    to_state: str
    happened_ms: int
    learnt_ms: int
    who: str
    why: str
    attempts: tuple[Attempt, ...]
    event: str = ""
    handling: Handling | None = None
    text: str = ""


class IncidentStory(msgspec.Struct, frozen=True, kw_only=True):
    incident: IncidentSummary
    advice: Advice
    steps: tuple[Step, ...]
    may_acknowledge: bool
    may_undo: bool = False
    parent: IncidentSummary | None = None
    members: tuple[IncidentSummary, ...] = ()


class IncidentList(msgspec.Struct, frozen=True, kw_only=True):
    open: tuple[IncidentSummary, ...]
    resolved: tuple[IncidentSummary, ...]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with each part, in one word; None is a part that answers."""

    ledger: str | None
    store: str | None
    spool: str | None

    @property
    def well(self) -> bool:
        return self.ledger is None and self.store is None and self.spool is None


class BoxCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of what is asked of boxes, and of what is wrong with them or with units, by kind."""

    open_requests: int
    lost_readings: int
    findings: dict[str, int]


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts for monitoring. None is a count whose source did not answer."""

    health: Health
    spool_depth: int | None
    spool_bytes: int | None
    totals: Totals | None
    quarantined: int | None
    boxes: BoxCounts | None
    incidents: dict[tuple[str, str], int]  # (state, level)
    notifications: dict[str, int]  # state
    last_heard_ms: dict[DeviceId, int]


__all__ = [
    "Attempt",
    "BoxCounts",
    "BoxLight",
    "Bucket",
    "Confidence",
    "Curve",
    "FaultMark",
    "Health",
    "IncidentList",
    "IncidentStory",
    "IncidentSummary",
    "Measured",
    "Measures",
    "ProbeCurve",
    "ProbeNow",
    "Step",
    "UnitNow",
    "UnitStory",
]
