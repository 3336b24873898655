"""What a box says by itself: the same incident as the server's where they meet, and before the server has judged."""

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level, Limit, Side
from coldchain_judgement.rules.beyond import PREFIX
from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.incidents.cause import Cause, found_by_a_rule
from coldchain_server.incidents.changing import acknowledge
from coldchain_server.incidents.finding import BOX_RULE, Changed, Finding, Findings
from coldchain_server.incidents.handling import Handling
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.incidents.table import Event, State
from coldchain_server.ledger.tables import IncidentRow, LocalAlarmRow

_LATE_S = 300
_REPORT_S = 600
_LEVELS = {Light.AMBER.value: Level.WARNING, Light.RED.value: Level.CRITICAL}
_REASONS = frozenset(why.value for why in Why)
_NOT_THE_LIGHT = "heard"

log = structlog.get_logger()


class Boxes:
    """Takes up what boxes say, in somebody's transaction; of what a box said of its light, the last on each reason."""

    def __init__(self, session: Session, findings: Findings, surroundings: Surroundings) -> None:
        self._session, self._findings, self._around = session, findings, surroundings

    def hear(self, alarms: Sequence[LocalAlarmRow]) -> list[Changed]:
        """Do what each word means to the incidents of its unit."""
        news = _news(alarms)
        changed: list[Changed] = []
        for alarm in alarms:
            if alarm.change == _NOT_THE_LIGHT:
                self._button(alarm)
            elif alarm.id in news:
                changed += self._light(alarm)
        return changed

    def _button(self, alarm: LocalAlarmRow) -> None:
        """Somebody at the box has heard of what went on there then; what a request made quiet, nobody has."""
        if alarm.asked:
            return
        at_ms = min(alarm.at_ms, alarm.received_ms)
        for incident in self._going_on(alarm.unit):
            if not incident.past and incident.since_ms <= at_ms:
                who = f"box {alarm.device}"
                acknowledge(self._session, incident.id, who=who, handling=Handling.HEARD, at_ms=at_ms)

    def _light(self, alarm: LocalAlarmRow) -> list[Changed]:
        """A light that is amber or red is a breach, a green one the end of what the box alone has found.

        What arrives late is no news, and a light that blinks says nothing of the milk.
        """
        if alarm.received_ms - alarm.at_ms > self._late_s(alarm.device) * 1000:
            log.info("a box's alarm came too late to be news", unit=alarm.unit, device=alarm.device)
            return []
        if alarm.light == Light.GREEN.value:
            return [self._over(alarm, incident) for incident in self._going_on(alarm.unit)]
        reason = self._reason(alarm)
        if alarm.light not in _LEVELS or reason is None:
            return []
        return [self._findings.breach(self._finding(alarm, reason))]

    def _over(self, alarm: LocalAlarmRow, incident: IncidentRow) -> Changed:
        cause = Cause(unit=incident.unit, subject=incident.subject, reason=incident.reason)
        if incident.rule != BOX_RULE or found_by_a_rule(self._session, cause):
            return None
        found = self._finding(alarm, incident.reason)
        return self._findings.ended(msgspec.structs.replace(found, cause=cause, why=Why.WITHIN.value), Event.FINE)

    def _finding(self, alarm: LocalAlarmRow, reason: str) -> Finding:
        voice = self._around.spoken.voice_of(alarm.unit)
        at_ms = min(alarm.at_ms, alarm.received_ms)
        level = alarm.level or _LEVELS.get(alarm.light, Level.WARNING).value
        evidence = Evidence(celsius=alarm.celsius, worst_celsius=alarm.celsius, limit=self._limit(alarm))
        return Finding(
            cause=Cause(unit=alarm.unit, subject=voice.probe if voice else alarm.unit, reason=reason),
            site=alarm.site,
            rule=BOX_RULE,
            level=level,
            since_ms=min(at_ms, at_ms if alarm.since_ms is None else alarm.since_ms),
            happened_ms=at_ms,
            why=reason,
            evidence=msgspec.json.encode(evidence).decode(),
            who=f"box {alarm.device}",
        )

    def _reason(self, alarm: LocalAlarmRow) -> str | None:
        """Return what a box found: as it says, or, of an older box, by the side of the limit it names."""
        if alarm.why:
            return alarm.why if alarm.why in _REASONS else None
        limit = self._limit(alarm)
        if limit is None:
            return None
        return str((Why.TOO_WARM if limit.side is Side.ABOVE else Why.TOO_COLD).value)

    def _limit(self, alarm: LocalAlarmRow) -> Limit | None:
        """Return the gravest limit of the unit's profile that the box names as broken."""
        unit = self._around.spoken.fleet.units.get(UnitId(alarm.unit))
        profile = self._around.spoken.fleet.profiles.get(unit.profile) if unit else None
        named = {rule.strip().removeprefix(PREFIX) for rule in alarm.reason.split(",")}
        limits = [limit for limit in profile.limits if limit.name in named] if profile else []
        return min(limits, key=lambda limit: limit.level is not Level.CRITICAL, default=None)

    def _going_on(self, unit: str) -> Sequence[IncidentRow]:
        rows = select(IncidentRow).where(IncidentRow.unit == unit, IncidentRow.state != State.RESOLVED.value)
        return self._session.scalars(rows.order_by(IncidentRow.id)).all()

    def _late_s(self, device: str) -> int:
        known = self._around.spoken.fleet.devices.get(DeviceId(device))
        return (known.report_s if known else _REPORT_S) + _LATE_S


def _news(alarms: Sequence[LocalAlarmRow]) -> set[int]:
    """Return which words still hold: a box names each thing that is wrong by itself, and green ends all of them."""
    last: dict[str, dict[str, int]] = {}
    for alarm in alarms:
        if alarm.change == _NOT_THE_LIGHT:
            continue
        if alarm.light == Light.GREEN.value:
            last[alarm.unit] = {}
        last.setdefault(alarm.unit, {})[alarm.why] = alarm.id
    return {number for of_unit in last.values() for number in of_unit.values()}
