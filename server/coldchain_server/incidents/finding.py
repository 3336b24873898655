"""What a rule, or a box by itself, finds or finds over: the incident of that cause begins, worsens, goes on, ends."""

import msgspec
from sqlalchemy import update
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_judgement.verdicts import Evidence
from coldchain_server.incidents.arriving import arrival
from coldchain_server.incidents.cause import Cause, going_on, lately_over, worse
from coldchain_server.incidents.changing import Move, begin, change
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.incidents.table import Decision, Event
from coldchain_server.ledger.tables import IncidentRow

BOX_RULE = "box"
"""The rule of what a box found by itself, until the server's rules find it too."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a cause: by which rule, how bad, since when, when that came to be so, on what evidence."""

    cause: Cause
    site: str
    rule: str
    level: str
    since_ms: int
    happened_ms: int
    why: str
    evidence: str
    verdict_id: int | None = None
    who: str = ""


Changed = tuple[IncidentRow, Decision] | None
"""What changed, if anything did: the incident, and what the table said."""


class Findings:
    """Takes findings up, in somebody's transaction; where a person changes an incident meanwhile, decides again."""

    def __init__(self, session: Session, surroundings: Surroundings, settings: IncidentSettings) -> None:
        self._session, self._around, self._settings = session, surroundings, settings

    def breach(self, found: Finding) -> Changed:
        """Begin the incident of a cause, or open it again, or have it be worse; nothing where it goes on as it is."""
        while True:
            incident = going_on(self._session, found.cause)
            if incident is None:
                begun = self._begun(found)
                if begun is not None:
                    return begun
            elif not worse(found.level, incident.level):
                self._goes_on(incident, found)
                return None
            else:
                seen = {"level": found.level, "rule": found.rule, "evidence": self._snapshot(found)}
                decision = change(self._session, incident, self._move(found, Event.WORSE), **seen)
                if decision is not None:
                    return incident, decision

    def past(self, found: Finding) -> Changed:
        """Enter what was over before anybody knew of it."""
        incident = self._new(found)
        incident.resolved_ms = found.happened_ms
        return incident, begin(self._session, incident, self._move(found, Event.PAST))

    def ended(self, found: Finding, event: Event) -> Changed:
        """Do what the table says of an incident whose breach ends, or does not yet; nothing where none goes on."""
        while True:
            incident = going_on(self._session, found.cause)
            if incident is None:
                return None
            if event is Event.FINE and incident.flaps >= self._settings.flaps:
                self._calms(incident, since_ms=found.happened_ms)
                return None
            evidence = _with_worst(incident.evidence, found.evidence)
            decision = change(self._session, incident, self._move(found, event), evidence=evidence)
            if decision is not None:
                return (incident, decision) if decision.changes else None

    def _begun(self, found: Finding) -> Changed:
        incident = self._new(found)
        how = arrival(incident, self._around, self._settings)
        if how.event is Event.BREACH:
            before = self._back(found)
            if before is not None:
                again = {"level": found.level, "rule": found.rule, "flaps": before.flaps + 1, "mute_id": None}
                decision = change(self._session, before, self._move(found, Event.REOPENED), **again)
                return None if decision is None else (before, decision)
        incident.held_until_ms = how.held_until_ms
        incident.mute_id = how.mute.id if how.mute else None
        return incident, begin(self._session, incident, self._move(found, how.event))

    def _back(self, found: Finding) -> IncidentRow | None:
        if found.cause.past:
            return None
        within_s = self._settings.reopen_s
        return lately_over(self._session, found.cause, since_ms=found.since_ms, within_s=within_s)

    def _new(self, found: Finding) -> IncidentRow:
        return IncidentRow(
            site=found.site,
            unit=found.cause.unit,
            subject=found.cause.subject,
            rule=found.rule,
            level=found.level,
            since_ms=found.since_ms,
            opened_ms=found.happened_ms,
            resolved_ms=None,
            reason=found.cause.reason,
            evidence=self._snapshot(found),
            past=found.cause.past,
            flaps=0,
        )

    def _goes_on(self, incident: IncidentRow, found: Finding) -> None:
        """Note that what was fine for now is not any more, and that the server finds what only a box had found."""
        if incident.fine_ms is not None:
            self._note(incident, fine_ms=None)
        if incident.rule == BOX_RULE and found.rule != BOX_RULE:
            self._note(incident, rule=found.rule, evidence=self._snapshot(found))

    def _calms(self, incident: IncidentRow, *, since_ms: int) -> None:
        """Note since when what comes and goes is fine this time; it is over once that has lasted."""
        if incident.fine_ms is None:
            self._note(incident, fine_ms=since_ms)

    def _note(self, incident: IncidentRow, **values: object) -> None:
        noting = update(IncidentRow).where(IncidentRow.id == incident.id).values(**values)
        self._session.execute(noting.execution_options(synchronize_session=False))
        self._session.refresh(incident)

    def _move(self, found: Finding, event: Event) -> Move:
        return Move(
            event=event,
            happened_ms=found.happened_ms,
            learnt_ms=self._around.now_ms,
            why=found.why,
            who=found.who,
            verdict_id=found.verdict_id,
        )

    def _snapshot(self, found: Finding) -> str:
        """Return the evidence, with the profile that the unit is judged by where the rule does not name it."""
        unit = self._around.spoken.fleet.units.get(UnitId(found.cause.unit))
        try:
            evidence = msgspec.json.decode(found.evidence, type=Evidence)
        except msgspec.MsgspecError:  # another version wrote it: what is there stays as it is
            return found.evidence
        if unit is None or evidence.profile is not None:
            return found.evidence
        return msgspec.json.encode(msgspec.structs.replace(evidence, profile=unit.profile)).decode()


def _with_worst(opening: str, closing: str) -> str:
    """Return the evidence an incident was opened by, with the worst value of the whole breach."""
    try:
        first, last = (msgspec.json.decode(text, type=Evidence) for text in (opening, closing))
    except msgspec.MsgspecError:  # another version wrote it: what is there stays as it is
        return opening
    if last.worst_celsius is None:
        return opening
    return msgspec.json.encode(msgspec.structs.replace(first, worst_celsius=last.worst_celsius)).decode()
