"""Reading units: each as it stands now, and one in full."""

from collections import defaultdict
from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_contract.messages import Status
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Profile
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.aside import without
from coldchain_server.fleet.model import Fleet, Placement, Unit
from coldchain_server.fleet.source import Confidence
from coldchain_server.ledger.set_aside import probes_aside
from coldchain_server.ledger.tables import DeviceStatusRow, IncidentRow, LatestRow, LocalAlarmRow
from coldchain_server.queries import standing
from coldchain_server.queries.rows import incident_summary, probe_now
from coldchain_server.queries.values import BoxLight, IncidentSummary, ProbeNow, UnitNow, UnitStory
from coldchain_server.viewer import Viewer

PAST_INCIDENTS = 10
_STALE_AFTER_S = 1800
_LARGEST_IN_LIST = 500


def seen_unit(fleet: Fleet, viewer: Viewer, name: str) -> Unit:
    """Return a unit; `UnknownThing` where there is none or the viewer may not see it, without saying which."""
    unit = fleet.units.get(UnitId(name))
    if unit is None or not viewer.sees(unit.site):
        raise UnknownThing(f"no unit {name[:64]!r} that you can see")
    return unit


def units_now(session: Session, fleet: Fleet, viewer: Viewer, *, now_ms: int) -> tuple[UnitNow, ...]:
    """Return every unit the viewer sees, the most urgent first."""
    units = [unit for unit in fleet.units.values() if viewer.sees(unit.site)]
    known = _Known(session, fleet, units, now_ms=now_ms)
    return tuple(sorted((known.unit(unit) for unit in units), key=standing.urgency))


def unit_story(session: Session, fleet: Fleet, unit: Unit, *, now_ms: int) -> UnitStory:
    known = _Known(session, fleet, [unit], now_ms=now_ms)
    resolved = select(IncidentRow).where(IncidentRow.unit == unit.id, IncidentRow.state == "resolved")
    rows = session.scalars(resolved.order_by(IncidentRow.id.desc()).limit(PAST_INCIDENTS))
    profile = fleet.profiles.get(unit.profile)
    return UnitStory(
        now=known.unit(unit),
        probes=known.probes(unit),
        limits=profile.limits if profile else (),
        past=tuple(incident_summary(row, fleet) for row in rows),
    )


class _Known:
    """What the ledger says about some units, read with one query a table."""

    def __init__(self, session: Session, fleet: Fleet, units: Collection[Unit], *, now_ms: int) -> None:
        self.fleet, self.now_ms = without(fleet, probes_aside(session)), now_ms
        names = {unit.id for unit in units}
        self._placements: dict[UnitId, list[Placement]] = defaultdict(list)
        for placement in self.fleet.placements:
            if placement.unit in names and placement.holds(now_ms):
                self._placements[placement.unit].append(placement)
        probes = {placement.probe for held in self._placements.values() for placement in held}
        self._latest = {row.probe: row for row in _latest(session, probes)}
        self._incidents = _open_incidents(session, fleet, names)
        self._boxes = _newest_alarms(session, names)
        self._statuses = {row.device: row for row in session.scalars(select(DeviceStatusRow))}

    def probes(self, unit: Unit) -> tuple[ProbeNow, ...]:
        return tuple(self._probe(placement, unit) for placement in self._placements[unit.id])

    def _probe(self, placement: Placement, unit: Unit) -> ProbeNow:
        teller = self.fleet.teller(placement)
        return probe_now(
            placement,
            self._latest.get(placement.probe),
            confidence=teller.confidence,
            now_ms=self.now_ms,
            present_s=teller.present_s(self._silent_after_s(unit)),
        )

    def unit(self, unit: Unit) -> UnitNow:
        probes, incidents = self.probes(unit), self._incidents[unit.id]
        speaking = standing.judged_probe(probes)
        fresh = speaking is not None and speaking.fresh
        why = incidents[0].why if incidents else standing.reason_without_incident(speaking)
        heard = [probe.at_ms for probe in probes if probe.at_ms is not None]
        site = self.fleet.sites[unit.site]
        level = incidents[0].level if incidents else Level.WARNING
        return UnitNow(
            site=site,
            unit=unit,
            light=standing.light_of(incidents, fresh=fresh),
            why=why,
            since_ms=incidents[0].since_ms if incidents else None,
            level=incidents[0].level if incidents else None,
            acknowledged=bool(incidents) and all(incident.state == "acknowledged" for incident in incidents),
            advice=standing.advice_for(
                unit,
                site,
                why=why,
                level=level,
                now_ms=self.now_ms,
                confidence=speaking.confidence if speaking else Confidence.HIGH,
                good_until_ms=incidents[0].good_until_ms if incidents else None,
            )
            if heard or incidents
            else None,
            temperature=speaking.ok if speaking else None,
            fresh=fresh,
            estimated=speaking is not None and speaking.estimated,
            beyond=None if incidents else standing.crossed(self._limits(unit), speaking),
            heard_ms=max(heard, default=None),
            box=self._box(unit, probes),
            mains=self._mains(probes),
            incidents=tuple(incidents),
        )

    def _limits(self, unit: Unit) -> tuple[Limit, ...]:
        profile = self.fleet.profiles.get(unit.profile)
        return profile.limits if profile else ()

    def _silent_after_s(self, unit: Unit) -> int:
        profile: Profile | None = self.fleet.profiles.get(unit.profile)
        return profile.silent_after_s if profile else _STALE_AFTER_S

    def _box(self, unit: Unit, probes: Iterable[ProbeNow]) -> BoxLight | None:
        alarm = self._boxes.get(unit.id)
        if alarm is None:
            return None
        known = alarm.light in {light.value for light in Light}
        status = self._status(DeviceId(alarm.device))
        silent = (status is not None and not status.online) or not any(
            probe.heard and probe.device == alarm.device for probe in probes
        )
        return BoxLight(
            light=Light(alarm.light) if known else Light.UNKNOWN,
            at_ms=alarm.at_ms,
            heard=alarm.change == "heard",
            device_silent=silent,
        )

    def _mains(self, probes: Iterable[ProbeNow]) -> bool | None:
        statuses = [self._status(device) for device in {probe.device for probe in probes}]
        said = [status.mains for status in statuses if status is not None and status.online]
        return next((mains for mains in said if mains is not None), None)

    def _status(self, device: DeviceId) -> Status | None:
        row = self._statuses.get(device)
        if row is None:
            return None
        try:
            return msgspec.json.decode(row.status, type=Status)
        except msgspec.MsgspecError:  # a device of another version: its readings still count
            return None


def _latest(session: Session, probes: Collection[str]) -> Iterable[LatestRow]:
    if len(probes) > _LARGEST_IN_LIST:
        return [row for row in session.scalars(select(LatestRow)) if row.probe in probes]
    return session.scalars(select(LatestRow).where(LatestRow.probe.in_(probes)))


def _open_incidents(session: Session, fleet: Fleet, units: Collection[UnitId]) -> dict[str, list[IncidentSummary]]:
    found: dict[str, list[IncidentSummary]] = defaultdict(list)
    for row in session.scalars(select(IncidentRow).where(IncidentRow.state != "resolved")):
        if row.unit in units:
            found[row.unit].append(incident_summary(row, fleet))
    for incidents in found.values():
        incidents.sort(key=standing.gravity)
    return found


def _newest_alarms(session: Session, units: Collection[UnitId]) -> dict[str, LocalAlarmRow]:
    newest = (
        func.row_number()
        .over(partition_by=LocalAlarmRow.unit, order_by=(LocalAlarmRow.at_ms.desc(), LocalAlarmRow.id.desc()))
        .label("place")
    )
    ranking = select(LocalAlarmRow.id, newest)
    if len(units) <= _LARGEST_IN_LIST:
        ranking = ranking.where(LocalAlarmRow.unit.in_(units))
    ranked = ranking.subquery()
    rows = session.scalars(
        select(LocalAlarmRow).join(ranked, ranked.c.id == LocalAlarmRow.id).where(ranked.c.place == 1)
    )
    return {row.unit: row for row in rows if row.unit in units}
