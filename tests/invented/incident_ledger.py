"""A ledger with incidents that tests open and resolve, and a small fleet whose people hear of them."""

from datetime import time
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from coldchain_contract.identifiers import SiteId, UnitId
from coldchain_server.fleet.model import Contact, EscalationStep, Fleet, Role, Site, Unit, UnitKind
from coldchain_server.ledger.database import sessions_of
from coldchain_server.ledger.migrate import upgrade
from coldchain_server.ledger.tables import AttemptRow, IncidentRow, NotificationRow, TransitionRow

NOON = 1_778_414_400_000  # 2026-05-10T12:00:00Z
MINUTE, HOUR = 60_000, 3_600_000
MIGRATED = "migrated"
"""The database of a server that others are made from."""


class Ledger:
    """A migrated ledger, and the rows that the stage before notifications leaves in it."""

    def __init__(self, engine: Engine, *, migrated: bool = False) -> None:
        self.engine, self.sessions = engine, sessions_of(engine)
        if not migrated:
            upgrade(engine)

    def opens(
        self,
        *,
        level: str = "critical",
        reason: str = "too-warm",
        unit: str = "menaka-1",
        site: str = "menaka",
        at: int = NOON,
        parent: int | None = None,
        evidence: str = "{}",
    ) -> int:
        """Open an incident an hour old and return its number."""
        with self.sessions.begin() as session:
            incident = IncidentRow(
                site=site,
                unit=unit,
                parent_id=parent,
                subject="probe",
                rule="warm",
                level=level,
                state="open",
                since_ms=at - HOUR,
                opened_ms=at,
                reason=reason,
                evidence=evidence,
            )
            session.add(incident)
            session.flush()
            session.add(self._transition(incident.id, "none", "open", at))
            return incident.id

    def changes(
        self,
        incident: int,
        to: str,
        *,
        at: int = NOON,
        level: str = "",
        why: str = "within",
        who: str = "",
        event: str = "",
    ) -> None:
        """Move an incident to another state, and to another level where one is given."""
        with self.sessions.begin() as session:
            row = session.get_one(IncidentRow, incident)
            transition = self._transition(incident, row.state, to, at, why=why)
            transition.who, transition.event = who, event
            session.add(transition)
            row.state, row.level = to, level or row.level
            row.resolved_ms = at if to == "resolved" else None

    def rows(self) -> list[NotificationRow]:
        with self.sessions() as session:
            return list(session.scalars(select(NotificationRow).order_by(NotificationRow.id)))

    def attempts(self) -> list[AttemptRow]:
        with self.sessions() as session:
            return list(session.scalars(select(AttemptRow).order_by(AttemptRow.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    @staticmethod
    def _transition(incident: int, was: str, to: str, at: int, *, why: str = "too-warm") -> TransitionRow:
        return TransitionRow(
            incident_id=incident, from_state=was, to_state=to, happened_ms=at, learnt_ms=at, who="", why=why
        )


def person(id: str, role: Role, *channels: str, language: str = "fr", site: str = "menaka") -> Contact:
    return Contact(id=id, name=id.title(), language=language, role=role, sites=(SiteId(site),), channels=channels)


def fleet_of_contacts(*contacts: Contact, steps: tuple[tuple[int, tuple[str, ...]], ...] = ()) -> Fleet:
    """Return a site under curfew from 20:00 with ten coolers, whose people are told by `steps`, else by their roles."""
    site = Site(
        id=SiteId("menaka"),
        name="Ménaka",
        zone=ZoneInfo("Africa/Bamako"),
        curfew_from=time(20),
        curfew_to=time(6),
        escalation=tuple(EscalationStep(after_s=after_s, contacts=people) for after_s, people in steps),
    )
    units = {
        UnitId(f"menaka-{number}"): Unit(
            id=UnitId(f"menaka-{number}"),
            site=site.id,
            name=f"Frigo {number}",
            kind=UnitKind.COOLER,
            profile="daily",
        )
        for number in range(1, 11)
    }
    return Fleet(sites={site.id: site}, units=units, devices={}, placements=(), contacts=contacts, profiles={})
