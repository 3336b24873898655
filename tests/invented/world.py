"""The invented world: fleet, ledger, store, spool, clock, and the application that shows them."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from sqlalchemy import Engine

from coldchain_contract.clock import SetClock, milliseconds
from coldchain_contract.messages import Status
from coldchain_contract.readings import Quality, Reading
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_judgement.limits import Level, Limit
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.actions import Actions
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import Sessions, open_ledger, sessions_of
from coldchain_server.ledger.tables import (
    Base,
    DeviceStatusRow,
    IncidentRow,
    LatestRow,
    LocalAlarmRow,
    NotificationRow,
    TransitionRow,
)
from coldchain_server.queries import Queries
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from coldchain_server.store.protocol import Point
from coldchain_server.store.sqlite import SqliteStore
from invented.fleet import HOT, invented_fleet, urn

NOW_MS = milliseconds(datetime.fromisoformat("2026-11-22T09:30:00+00:00"))
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PASSWORD = "lait frais du matin"


@dataclass(frozen=True)
class World:
    """Everything a test may look at or change."""

    fleet: Fleet
    engine: Engine
    sessions: Sessions
    store: SqliteStore
    spool: Spool
    clock: SetClock
    queries: Queries
    actions: Actions

    def pages(self, settings: WebSettings | None = None) -> Flask:
        return create_pages(
            queries=self.queries, actions=self.actions, settings=settings or WebSettings(), clock=self.clock
        )

    def close(self) -> None:
        self.store.close()
        self.spool.close()
        self.engine.dispose()

    def latest(
        self,
        number: int,
        celsius: float | None,
        *,
        ago_ms: int = 2 * MINUTE_MS,
        quality: Quality = Quality.OK,
        estimated: bool = False,
    ) -> None:
        """Let probe `number` have read `celsius` (None: a fault, one minute after a last good 5.0 °C) that long ago."""
        at_ms = self.clock.now_ms() - ago_ms
        ok = (at_ms, celsius) if celsius is not None else (at_ms - HOUR_MS, 5.0)
        row = LatestRow(
            probe=urn(number),
            at_ms=at_ms,
            received_ms=at_ms + 1000,
            value=celsius,
            quality=quality.value,
            ok_at_ms=ok[0],
            ok_value=ok[1],
            estimated=estimated,
        )
        with self.sessions.begin() as session:
            session.merge(row)

    def box(self, unit: str, light: str, *, ago_ms: int = 5 * MINUTE_MS, change: str = "raised") -> None:
        known = self.fleet.units[unit]  # type: ignore[index]
        at_ms = self.clock.now_ms() - ago_ms
        with self.sessions.begin() as session:
            session.add(
                LocalAlarmRow(
                    site=known.site,
                    device=f"pi-{known.site}",
                    unit=unit,
                    at_ms=at_ms,
                    received_ms=at_ms + 500,
                    light=light,
                    change=change,
                    reason="",
                )
            )

    def status(self, site: str, *, online: bool = True, mains: bool | None = None) -> None:
        said = Status(at_ms=self.clock.now_ms(), online=online, mains=mains)
        with self.sessions.begin() as session:
            session.merge(
                DeviceStatusRow(
                    device=f"pi-{site}",
                    site=site,
                    received_ms=self.clock.now_ms(),
                    status=msgspec.json.encode(said).decode(),
                )
            )

    def incident(
        self,
        unit: str,
        *,
        why: Why = Why.TOO_WARM,
        level: Level = Level.CRITICAL,
        state: str = "open",
        ago_ms: int = 40 * MINUTE_MS,
        limit: Limit | None = HOT,
        worst: float | None = 12.4,
    ) -> int:
        """Write an incident with the transitions that led to its state; return its number."""
        known = self.fleet.units[unit]  # type: ignore[index]
        since_ms = self.clock.now_ms() - ago_ms
        evidence = Evidence(celsius=worst, worst_celsius=worst, limit=limit, profile="daily")
        row = IncidentRow(
            site=known.site,
            unit=unit,
            subject=unit,
            rule="beyond",
            level=level.value,
            state=state,
            since_ms=since_ms,
            opened_ms=since_ms + 30 * MINUTE_MS,
            resolved_ms=since_ms + ago_ms // 2 if state == "resolved" else None,
            reason=why.value,
            evidence=msgspec.json.encode(evidence).decode(),
        )
        with self.sessions.begin() as session:
            session.add(row)
            session.flush()
            session.add(self._opening(row, why))
            return row.id

    def told(self, incident: int, *, state: str = "sent", outcome: str = "", contact: str = "Mariama") -> None:
        """Write an attempt to tell somebody of the incident's first transition."""
        with self.sessions.begin() as session:
            first = session.query(TransitionRow).filter_by(incident_id=incident).order_by(TransitionRow.id).first()
            assert first is not None
            row = NotificationRow(
                occasion=f"{first.id}:open",
                kind="open",
                site=session.get_one(IncidentRow, incident).site,
                transition_id=first.id,
                incident_id=incident,
                counts=state == "sent",
                contact=contact,
                channel=0,
                channel_kind="console",
                language="fr",
                text="Glacière 2: trop chaud depuis 08:50. Gardez-la fermée. Testez le lait avant de vendre.",
                state=state,
                attempts=3 if state == "failed" else 1,
                next_ms=0,
                created_ms=first.happened_ms + 1000,
                sent_ms=first.happened_ms + 2000 if state == "sent" else None,
                outcome=outcome,
            )
            session.add(row)

    def readings(self, number: int, *, hours: float = 30, fault_after: float = 12, gap: float = 3) -> None:
        """Store readings each minute up to now: 4 °C ± the thermostat, a gap, some faults, and a rise at the end."""
        end = self.clock.now_ms()
        points = []
        for minute in range(round(hours * 60)):
            left = hours * 60 - minute
            if abs(left - fault_after * 60) < gap * 30:
                continue
            value: float | None = 4 + number % 2 + math.sin(minute / 14 - number % 2) + max(0.0, 60 - left) * 0.14
            quality = Quality.CRC if left % 240 in (7, 8) else Quality.OK
            reading = Reading(
                probe=urn(number),
                at_ms=end - round(left * MINUTE_MS),
                value=value if quality is Quality.OK else None,
                quality=quality,
            )
            points.append(Point(reading=reading, sequence=minute + 1))
        assert self.store.write(points) == []

    def _opening(self, row: IncidentRow, why: Why) -> TransitionRow:
        return TransitionRow(
            incident_id=row.id,
            from_state="none",
            to_state="open",
            happened_ms=row.opened_ms,
            learnt_ms=row.opened_ms + 2000,
            who="",
            why=why.value,
        )


def open_world(folder: Path, fleet: Fleet, *, ledger: str = "") -> World:
    """Open the world whose files are in `folder`; what is not there yet is made, empty."""
    engine = open_ledger(ledger or f"sqlite:///{folder / 'ledger.sqlite'}")
    Base.metadata.create_all(engine)
    sessions, clock = sessions_of(engine), SetClock(NOW_MS)
    store = SqliteStore(folder / "readings.sqlite")
    store.prepare()
    spool = Spool(folder / "spool.sqlite", quota=Quota(entries=100, bytes=1_000_000))
    cheap = PasswordHasher.from_parameters(CHEAPEST)
    return World(
        fleet=fleet,
        engine=engine,
        sessions=sessions,
        store=store,
        spool=spool,
        clock=clock,
        queries=Queries(sessions=sessions, fleet=fleet, store=store, clock=clock, spool=spool),
        actions=Actions(sessions=sessions, fleet=fleet, clock=clock, hasher=cheap),
    )


def empty_world(folder: Path, fleet: Fleet | None = None, *, ledger: str = "") -> World:
    """Return a world in which nothing was ever heard; accounts exist for each role."""
    world = open_world(folder, fleet or invented_fleet(), ledger=ledger)
    for name, role, site in (
        ("menaka", Role.COOPERATIVE, "menaka"),
        ("tillia", Role.COOPERATIVE, "tillia"),
        ("technician", Role.TECHNICIAN, None),
        ("lab", Role.LAB, None),
    ):
        world.actions.add_user(name, PASSWORD, role=role, site=site, language="", who="test")
    return world


def busy_world(folder: Path) -> World:
    """Return a world with a unit in each state."""
    world = empty_world(folder)
    for number, celsius in ((2, 4.1), (3, 4.6), (4, 12.4), (5, 14.0), (6, 8.6), (7, 9.0), (10, 4.4), (11, 4.9)):
        world.latest(number, celsius)
    world.latest(12, None, quality=Quality.POR85)
    world.latest(8, -6.5, ago_ms=5 * HOUR_MS)
    for unit, light in (("menaka-1", "green"), ("menaka-2", "red"), ("anderam-1", "amber"), ("tillia-1", "green")):
        world.box(unit, light)
    world.box("anderam-2", "green", ago_ms=5 * HOUR_MS)
    world.box("tillia-2", "unknown")
    world.status("menaka", mains=False)
    hot = world.incident("menaka-2")
    world.told(hot)
    world.told(hot, state="failed", outcome="the server refused the address", contact="Technicien")
    world.incident("anderam-1", level=Level.WARNING, worst=8.6, limit=None)
    world.incident("anderam-2", why=Why.SILENT, level=Level.WARNING, worst=None, limit=None, ago_ms=4 * HOUR_MS)
    world.incident("tillia-2", why=Why.PROBE_FAULT, level=Level.WARNING, state="acknowledged", worst=None, limit=None)
    world.incident("menaka-1", state="resolved", ago_ms=30 * HOUR_MS, worst=9.1)
    for number in (2, 3, 4, 5):
        world.readings(number)
    return world
