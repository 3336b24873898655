"""A ledger in which rules and boxes speak and incidents are made of it; a fleet of sites that fall silent together."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import json
from sqlalchemy import Engine, select

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId, UnitId, urn_of_kernel_name
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Why
from coldchain_server.fleet.model import Device, Fleet, Place, Site, Unit, UnitKind
from coldchain_server.incidents.changing import acknowledge
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.stage import Incidents
from coldchain_server.ledger.database import sessions_of
from coldchain_server.ledger.tables import (
    Base,
    IncidentRow,
    LatestRow,
    LocalAlarmRow,
    MuteRow,
    TransitionRow,
    VerdictRow,
)
from invented.watched import PROFILE, WARM, placed

NOW_MS = 1_790_000_000_000
MINUTE_MS = 60_000
WARNING, CRITICAL = Level.WARNING, Level.CRITICAL
BREACH, FINE, UNKNOWN = Standing.BREACH, Standing.FINE, Standing.UNKNOWN
SETTINGS = IncidentSettings()


def probe(site: int, number: int = 1) -> ProbeUrn:
    """Return the probe in the milk of a site's unit."""
    return urn_of_kernel_name(f"28-{site:06x}{number:06x}")


def unit(site: int, number: int = 1) -> UnitId:
    return UnitId(f"site-{site}-{number}")


def sites(count: int, *, units: int = 1, devices: int = 1) -> Fleet:
    """Return a fleet of sites numbered from 1, each with so many units in turn on so many devices."""
    placements = tuple(
        placed(
            probe(site, number),
            Place.MILK,
            unit=unit(site, number),
            device=DeviceId(f"pi-{site}-{(number - 1) % devices + 1}"),
            from_ms=0,
        )
        for site in range(1, count + 1)
        for number in range(1, units + 1)
    )
    names = [SiteId(f"site-{site}") for site in range(1, count + 1)]
    return Fleet(
        sites={name: Site(id=name, name=name, zone=ZoneInfo("Africa/Bamako")) for name in names},
        units={
            one.unit: Unit(
                id=one.unit,
                site=SiteId(one.unit.rpartition("-")[0]),
                name=one.unit,
                kind=UnitKind.COOLER,
                profile="daily",
            )
            for one in placements
        },
        devices={
            one.device: Device(id=one.device, site=SiteId("-".join(["site", one.device.split("-")[1]])))
            for one in placements
        },
        placements=placements,
        contacts=(),
        profiles={"daily": PROFILE},
    )


class Rules:
    """What rules and boxes say at the time that the clock shows, and what the stage makes of it."""

    def __init__(self, engine: Engine, fleet: Fleet | None = None, *, settings: IncidentSettings = SETTINGS) -> None:
        Base.metadata.create_all(engine)
        self.engine, self.sessions = engine, sessions_of(engine)
        self.clock, self.fleet, self.settings = SetClock(NOW_MS), fleet or sites(1), settings
        self.stage = self.another_stage()

    def another_stage(self) -> Incidents:
        """Return a stage that knows nothing yet, as after a restart or in another process."""
        return Incidents(sessions=self.sessions, fleet=self.fleet, clock=self.clock, settings=self.settings)

    def at(self, minute: float) -> None:
        """Let it be that many minutes after the beginning."""
        self.clock.set(NOW_MS + round(minute * MINUTE_MS))

    def minute(self) -> float:
        """Return how many minutes after the beginning it is."""
        return (self.clock.now_ms() - NOW_MS) / MINUTE_MS

    def later(self, minutes: float) -> None:
        self.clock.set(self.clock.now_ms() + round(minutes * MINUTE_MS))

    def say(self, rule: str, standing: Standing, level: Level = CRITICAL, **said: Any) -> int:
        """Have a rule say something now, as `verdict` says it; return its number."""
        row = self.verdict(rule, standing, level, **said)
        with self.sessions.begin() as session:
            session.add(row)
            session.flush()
            return row.id

    def verdict(
        self,
        rule: str,
        standing: Standing,
        level: Level = CRITICAL,
        *,
        why: Why | None = None,
        unit: str = "site-1-1",
        subject: str = probe(1),
        worst: float | None = None,
        since: float | None = None,
        past: bool = False,
        still_there: bool = False,
    ) -> VerdictRow:
        """Return what a rule says now, since `since` minutes after the beginning, or since now."""
        now_ms = self.clock.now_ms()
        reason = why or {BREACH: Why.TOO_WARM, FINE: Why.WITHIN, UNKNOWN: Why.WITHIN}[standing]
        evidence = Evidence(celsius=9.0, worst_celsius=worst, limit=WARM if standing is BREACH else None)
        return VerdictRow(
            site=unit.rpartition("-")[0],
            unit=unit,
            subject=subject,
            rule=rule,
            standing=standing.value,
            level=level.value,
            reason=reason.value,
            since_ms=now_ms if since is None else NOW_MS + round(since * MINUTE_MS),
            happened_ms=now_ms,
            learnt_ms=now_ms,
            evidence=json.encode(evidence).decode(),
            past=past,
            still_there=still_there,
        )

    def hear(self, site: int, number: int = 1) -> None:
        """Have a probe be heard now, whatever it measures."""
        now_ms = self.clock.now_ms()
        with self.sessions.begin() as session:
            session.merge(
                LatestRow(
                    probe=probe(site, number),
                    at_ms=now_ms,
                    received_ms=now_ms,
                    value=4.0,
                    quality="ok",
                    estimated=False,
                )
            )

    def fall_silent(self, site: int, number: int = 1, *, since: float) -> None:
        """Have the silence of a unit be found now."""
        self.say("silent", BREACH, why=Why.SILENT, unit=unit(site, number), subject=probe(site, number), since=since)

    def come_back(self, site: int, number: int = 1) -> None:
        self.hear(site, number)
        self.say("silent", FINE, why=Why.HEARD_AGAIN, unit=unit(site, number), subject=probe(site, number))

    def box(
        self,
        change: str,
        light: str,
        *,
        ago: float = 0.0,
        why: str = "too-warm",
        reason: str = "",
        level: str = "",
        asked: bool = False,
        celsius: float | None = 11.0,
    ) -> None:
        """Have the box of the first unit say something that it did `ago` minutes ago."""
        with self.sessions.begin() as session:
            session.add(
                LocalAlarmRow(
                    site="site-1",
                    device="pi-1-1",
                    unit="site-1-1",
                    at_ms=self.clock.now_ms() - round(ago * MINUTE_MS),
                    received_ms=self.clock.now_ms(),
                    light=light,
                    change=change,
                    reason=reason,
                    celsius=celsius,
                    why=why,
                    level=level,
                    asked=asked,
                )
            )

    def mute(
        self, *, site: str = "", unit: str = "", minutes: float = 60, starts: float = 0, critical_milk: bool = False
    ) -> int:
        """Mute from `starts` minutes from now on, for so many minutes; return its number."""
        from_ms = self.clock.now_ms() + round(starts * MINUTE_MS)
        row = MuteRow(
            site=site,
            unit=unit,
            from_ms=from_ms,
            to_ms=from_ms + round(minutes * MINUTE_MS),
            critical_milk=critical_milk,
            who="Issouf",
            why="defrosting",
            made_ms=self.clock.now_ms(),
        )
        with self.sessions.begin() as session:
            session.add(row)
            session.flush()
            return row.id

    def answer(self, number: int = 1, handling: Handling = Handling.OTHER, text: str = "bringing ice") -> bool:
        """Have Aminata answer an incident."""
        with self.sessions.begin() as session:
            return acknowledge(session, number, who="Aminata", handling=handling, text=text, at_ms=self.clock.now_ms())

    def take_up(self) -> None:
        """Let the stage do all there is to do now."""
        while self.stage.step():
            pass

    def look(self, minutes: float = 1) -> None:
        """Let some minutes pass, and the stage look."""
        self.later(minutes)
        self.take_up()

    def incidents(self) -> list[IncidentRow]:
        with self.sessions() as session:
            return list(session.scalars(select(IncidentRow).order_by(IncidentRow.id)))

    def states(self) -> list[str]:
        return [incident.state for incident in self.incidents()]

    def going_on(self) -> list[str]:
        """Return what goes on as `reason where: state`, the causes of others first."""
        rows = [row for row in self.incidents() if row.state != "resolved"]
        return [f"{row.reason} {row.unit or row.site or 'anywhere'}: {row.state}" for row in rows]

    def transitions(self) -> list[str]:
        """Return every change as `number: from→to why`, with what a person said."""
        with self.sessions() as session:
            rows = session.scalars(select(TransitionRow).order_by(TransitionRow.id)).all()
        numbers = _in_turn([row.incident_id for row in rows])  # PostgreSQL leaves out numbers
        return [
            " ".join(f"{numbers[row.incident_id]}: {row.from_state}→{row.to_state} {row.why} {row.text}".split())
            for row in rows
        ]

    def told(self) -> list[str]:
        """Return what people would be told of as having begun: every change to open, as `reason where`."""
        with self.sessions() as session:
            rows = session.scalars(
                select(IncidentRow)
                .join(TransitionRow, TransitionRow.incident_id == IncidentRow.id)
                .where(TransitionRow.to_state == "open")
                .order_by(TransitionRow.id)
            ).all()
        return [f"{row.reason} {row.unit or row.site or 'anywhere'}" for row in rows]


def _in_turn(numbers: Sequence[int]) -> dict[int, int]:
    return {number: place + 1 for place, number in enumerate(dict.fromkeys(numbers))}
