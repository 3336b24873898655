"""A watched cooler for tests of judging and incidents: a real spool, a real ledger, a clock set by hand."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sequences import Sequences
from coldchain_judgement.limits import Level, Limit, Profile, Side
from coldchain_judgement.rules import gap, jump
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Site, Unit, UnitKind
from coldchain_server.judging.stage import Judging
from coldchain_server.ledger.database import Sessions, sessions_of
from coldchain_server.ledger.tables import LatestRow, VerdictRow
from coldchain_server.spool.model import Accepted
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool

MINUTE_MS = 60_000
START_MS = 1_790_000_000_000
SITE, DEVICE, OTHER_DEVICE = SiteId("menaka"), DeviceId("menaka-pi"), DeviceId("other-pi")
UNIT, OTHER_UNIT = UnitId("menaka-1"), UnitId("menaka-2")
MILK, AIR, OTHER = (urn_of_kernel_name(f"28-0000000000{number:02x}") for number in (1, 2, 3))
NAMES = {MILK: "milk", AIR: "air", OTHER: "other"}

WARM = Limit(
    name="warm",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=600,
    clear_celsius=7.5,
    clear_for_s=300,
    level=Level.WARNING,
    source="the test",
)
HOT = Limit(
    name="hot",
    side=Side.ABOVE,
    celsius=8.0,
    inclusive=False,
    for_s=1200,
    clear_celsius=7.5,
    clear_for_s=600,
    level=Level.CRITICAL,
    source="the test",
)
PROFILE = Profile(name="daily", title="Collected daily", source="the test", limits=(WARM, HOT))


def placed(
    probe: ProbeUrn,
    place: Place,
    *,
    unit: UnitId = UNIT,
    device: DeviceId = DEVICE,
    from_ms: int = START_MS,
    to_ms: int | None = None,
) -> Placement:
    return Placement(
        probe=probe,
        unit=unit,
        device=device,
        place=place,
        lowest_celsius=-10,
        highest_celsius=60,
        from_ms=from_ms,
        to_ms=to_ms,
    )


def fleet_of(*placements: Placement, profile: Profile = PROFILE, sample_s: int = 60, report_s: int = 60) -> Fleet:
    """Two units at one site, each with a device of its own; by default with a probe in the milk of the first."""
    return Fleet(
        sites={SITE: Site(id=SITE, name="Ménaka", zone=ZoneInfo("Africa/Bamako"))},
        units={
            name: Unit(id=name, site=SITE, name=name, kind=UnitKind.COOLER, profile="daily")
            for name in (UNIT, OTHER_UNIT)
        },
        devices={
            name: Device(id=name, site=SITE, sample_s=sample_s, report_s=report_s) for name in (DEVICE, OTHER_DEVICE)
        },
        placements=placements or (placed(MILK, Place.MILK),),
        contacts=(),
        profiles={"daily": profile},
    )


class Watched:
    """What was taken goes into the spool; what was judged is read from the ledger, in minutes from the start."""

    def __init__(self, folder: Path, sessions: Sessions, *, fleet: Fleet | None = None) -> None:
        self.folder, self.sessions = folder, sessions
        self.fleet = fleet or fleet_of()
        self.clock = SetClock(START_MS)
        self.spool = Spool(folder / "spool.sqlite", quota=Quota(entries=10, bytes=1_000_000))
        self._outbox, self._sequence = uuid4(), 0
        self.stage = self.judging()

    def close(self) -> None:
        self.spool.close()

    def judging(self, *, fleet: Fleet | None = None) -> Judging:
        """Return a judging stage that knows nothing yet, as after a restart."""
        return Judging(spool=self.spool, sessions=self.sessions, fleet=fleet or self.fleet, clock=self.clock)

    def at(self, minute: float) -> None:
        self.clock.set(START_MS + round(minute * MINUTE_MS))

    def send(
        self,
        *readings: tuple[ProbeUrn, float, float | Quality],
        received: float | None = None,
        estimated: bool = False,
    ) -> None:
        """Spool one pack: each reading its probe, its minute, and its value or fault; received now, or at a minute."""
        first, self._sequence = self._sequence + 1, self._sequence + len(readings)
        pack = Pack(
            outbox=self._outbox,
            sequences=Sequences.span(first, self._sequence),
            readings=tuple(_reading(*one) for one in readings),
        )
        received_ms = self.clock.now_ms() if received is None else START_MS + round(received * MINUTE_MS)
        self.spool.admit(
            [Accepted(site=SITE, device=DEVICE, live=True, received_ms=received_ms, pack=pack, estimated=estimated)]
        )

    def judge(self) -> None:
        while self.stage.step():
            pass

    def minutes(self, span: range, value: float | Quality, *, probes: Sequence[ProbeUrn] = (MILK,)) -> None:
        """Let these minutes pass, each with a reading of every probe that is judged as it comes."""
        for minute in span:
            self.at(minute)
            self.send(*((probe, minute, value) for probe in probes))
            self.judge()

    def rows(self) -> list[VerdictRow]:
        with self.sessions() as session:
            return list(session.scalars(select(VerdictRow).order_by(VerdictRow.id)))

    def said(self) -> list[str]:
        """Return what was said as `probe rule standing since→happened`, in minutes.

        First words are left out, and what `gap` and `jump` say of every probe that is heard.
        """
        rows = (row for row in self.rows() if row.rule not in (gap.NAME, jump.NAME))
        return [line for line in map(_line, rows) if line not in _FIRST_WORDS]

    def latest(self) -> dict[str, LatestRow]:
        with self.sessions() as session:
            return {NAMES[ProbeUrn(row.probe)]: row for row in session.scalars(select(LatestRow))}


def _reading(probe: ProbeUrn, minute: float, value: float | Quality) -> Reading:
    quality = value if isinstance(value, Quality) else Quality.OK
    return Reading(
        probe=probe,
        at_ms=START_MS + round(minute * MINUTE_MS),
        value=None if isinstance(value, Quality) else value,
        quality=quality,
    )


def _line(row: VerdictRow) -> str:
    since, happened = ((at_ms - START_MS) / MINUTE_MS for at_ms in (row.since_ms, row.happened_ms))
    return f"{NAMES[ProbeUrn(row.subject)]} {row.rule} {row.standing} {since:g}→{happened:g}"


def _first_words() -> Iterator[str]:
    for name in NAMES.values():
        for rule in ("silent", "fault", "beyond:warm", "beyond:hot"):
            yield f"{name} {rule} fine 0→0"


_FIRST_WORDS = set(_first_words())
"""What every rule says of a good reading in minute 0."""


WARM_FROM_5_TO_30 = [
    "milk beyond:warm breach 5→15",
    "milk beyond:hot breach 5→25",
    "milk beyond:warm fine 30→35",
    "milk beyond:hot fine 30→40",
]
"""What is said of a probe that has 9 °C from minute 5 to minute 30, and 4 °C before and after."""


def two_probes(folder: Path, engine: Engine, place: Place = Place.MILK) -> Watched:
    """Return a cooler with a probe in the milk, or elsewhere, and one in the air."""
    return Watched(folder, sessions_of(engine), fleet=fleet_of(placed(MILK, place), placed(AIR, Place.AIR)))
