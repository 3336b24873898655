"""Larger causes as incidents: opened over those that they explain, joined, left, and over with the last of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coldchain_judgement.verdicts import Evidence, Why
from coldchain_server.incidents.cause import Cause, lately_over, worse, worst
from coldchain_server.incidents.changing import Move, begin, change
from coldchain_server.incidents.grouping import SEVERAL, Down, Group, Outage, falls, inhibited, outages, silent_groups
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.incidents.table import Event, State
from coldchain_server.ledger.tables import IncidentRow

RULE = "group"
"""The rule of an incident that no rule found: it stands for others."""


class Groups:
    """The larger causes at one instant, brought in line with the incidents that go on, in somebody's transaction."""

    def __init__(self, session: Session, surroundings: Surroundings, settings: IncidentSettings) -> None:
        self._session, self._around, self._settings = session, surroundings, settings
        self.rows = {row.id: row for row in _going_on(session)}
        self._under: dict[int | None, set[int]] = defaultdict(set)
        for row in self.rows.values():
            self._under[row.parent_id].add(row.id)

    def arrange(self) -> None:
        """Open, join, leave and end groups; which of them covers whom is then in `parent_id`."""
        downs, voices = self._downs(), self._around.spoken.live
        parents = inhibited(downs, voices)
        near = self._kept(silent_groups(downs, voices), of=(Why.SITE_SILENT, Why.SILENT))
        numbers = self._enter(near, parents)
        fallen = falls(downs, numbers, voices)
        wide = self._kept(outages(fallen, self._standing_outages(), self._settings), of=(Why.OUTAGE,))
        self._enter(wide, parents)
        self._set_parents(parents)

    def _downs(self) -> list[Down]:
        return [
            Down(
                id=row.id,
                site=row.site,
                unit=row.unit,
                subject=row.subject,
                reason=row.reason,
                since_ms=row.since_ms,
                device=self._around.spoken.devices.get(row.subject, ""),
                muted=self._around.mute_on(row) is not None,
            )
            for row in self.rows.values()
            if row.rule != RULE and not row.past
        ]

    def _kept(self, wanted: Iterable[Group], *, of: Sequence[Why]) -> list[Group]:
        """Return the groups that are wanted, and those of which some are left and the last came back just now."""
        kept = {group.key: group for group in wanted if group.members}
        left_over: dict[tuple[str, str], Group] = {}
        for row in [row for row in self.rows.values() if row.rule == RULE and row.reason in {why.value for why in of}]:
            key, left = (row.reason, row.subject), frozenset(self._under[row.id] & self.rows.keys())
            if key in kept and self._holds(kept[key]):
                kept[key] = msgspec.structs.replace(kept[key], members=kept[key].members | self._larger(left))
                continue
            joined = kept.pop(key).members if key in kept else frozenset()
            if left and self._left_lately({row.id} | left):
                left_over[key] = _as_it_was(row, left | joined)
            else:
                self._end(row)
        spoken_for = {member for group in left_over.values() for member in group.members}
        return [*left_over.values(), *(group for group in kept.values() if not group.members & spoken_for)]

    def _larger(self, left: frozenset[int]) -> frozenset[int]:
        """Return those that stand for others: a site of which one device came back is still its outage's."""
        return frozenset(one for one in left if self.rows[one].rule == RULE)

    def _holds(self, group: Group) -> bool:
        """Return whether a group that stands is still what it was: an outage is one over so many sites."""
        return group.reason != Why.OUTAGE.value or group.told_of >= self._settings.outage_sites

    def _left_lately(self, causes: Set[int]) -> bool:
        """Return whether one of what these explain came back so lately that those left may be about to."""
        back = select(func.max(IncidentRow.resolved_ms)).where(IncidentRow.parent_id.in_(causes))
        last = self._session.scalar(back)
        return last is not None and self._around.now_ms - last <= self._settings.straggler_s * 1000

    def _enter(self, groups: Iterable[Group], parents: dict[int, int]) -> dict[tuple[str, str], int]:
        """See that each group has its incident; note it as its members' parent, and return its number by its key."""
        standing = {(row.reason, row.subject): row for row in self.rows.values() if row.rule == RULE}
        numbers = {}
        for group in groups:
            row = standing.get(group.key)
            if row is None and group.told_of < SEVERAL:
                continue
            row = row or self._begun(group)
            self._worsened(row, group)
            numbers[group.key] = row.id
            parents |= dict.fromkeys(group.members, row.id)
        return numbers

    def _begun(self, group: Group) -> IncidentRow:
        """Enter a group's incident, held as long as all that it explains is held, or open it again."""
        members = [self.rows[member] for member in group.members]
        held = [row.held_until_ms or 0 for row in members if row.state == State.PENDING.value]
        row = _incident(group, level=worst([row.level for row in members]), now_ms=self._around.now_ms)
        move = Move(event=Event.BREACH, happened_ms=group.since_ms, learnt_ms=self._around.now_ms, why=group.reason)
        if self._around.mute_on(row) is not None:
            move = msgspec.structs.replace(move, event=Event.COVERED)
        elif len(held) == len(members):
            move, row.held_until_ms = msgspec.structs.replace(move, event=Event.HELD), min(held)
        else:
            before = self._lately_over(group)
            again = msgspec.structs.replace(move, event=Event.REOPENED)
            if before is not None and change(self._session, before, again, level=row.level, flaps=before.flaps + 1):
                self.rows[before.id] = before
                return before
        begin(self._session, row, move)
        self.rows[row.id] = row
        return row

    def _lately_over(self, group: Group) -> IncidentRow | None:
        cause = Cause(unit="", subject=group.subject, reason=group.reason)
        return lately_over(self._session, cause, since_ms=group.since_ms, within_s=self._settings.reopen_s)

    def _worsened(self, row: IncidentRow, group: Group) -> None:
        level = worst([row.level, *(self.rows[member].level for member in group.members)])
        if worse(level, row.level):
            move = self._move(Event.WORSE, why=row.reason)
            change(self._session, row, move, level=level)

    def _end(self, row: IncidentRow) -> None:
        """End a larger cause: all are back, or those that are left have a cause of their own."""
        if change(self._session, row, self._move(Event.FINE, why=Why.HEARD_AGAIN.value)):
            del self.rows[row.id]

    def _move(self, event: Event, *, why: str) -> Move:
        return Move(event=event, happened_ms=self._around.now_ms, learnt_ms=self._around.now_ms, why=why)

    def _standing_outages(self) -> list[Outage]:
        members: dict[int, list[IncidentRow]] = defaultdict(list)
        standing = [row for row in self.rows.values() if row.reason == Why.OUTAGE.value and row.rule == RULE]
        ever = select(IncidentRow).where(IncidentRow.parent_id.in_([row.id for row in standing]))
        for one in self._session.scalars(ever):
            members[one.parent_id or 0].append(one)
        return [
            Outage(
                subject=row.subject,
                since_ms=row.since_ms,
                fell_ms=tuple(one.since_ms for one in members[row.id]),
                down=frozenset(one.site for one in members[row.id] if one.id in self.rows),
            )
            for row in standing
        ]

    def _set_parents(self, parents: dict[int, int]) -> None:
        """Note who belongs to what; whoever is over keeps what it belonged to."""
        for row in self.rows.values():
            parent = parents.get(row.id)
            if parent == row.parent_id or (parent is None and row.parent_id not in self.rows):
                continue
            change_parent = update(IncidentRow).where(IncidentRow.id == row.id).values(parent_id=parent)
            self._session.execute(change_parent.execution_options(synchronize_session=False))
            self._session.refresh(row)


def _incident(group: Group, *, level: str, now_ms: int) -> IncidentRow:
    return IncidentRow(
        site=group.site,
        unit="",
        subject=group.subject,
        rule=RULE,
        level=level,
        since_ms=group.since_ms,
        opened_ms=now_ms,
        reason=group.reason,
        evidence=msgspec.json.encode(Evidence()).decode(),
    )


def _as_it_was(row: IncidentRow, members: frozenset[int]) -> Group:
    return Group(
        reason=row.reason,
        site=row.site,
        subject=row.subject,
        since_ms=row.since_ms,
        members=members,
        told_of=len(members),
    )


def _going_on(session: Session) -> Sequence[IncidentRow]:
    rows = select(IncidentRow).where(IncidentRow.state != State.RESOLVED.value).order_by(IncidentRow.id)
    return session.scalars(rows.execution_options(populate_existing=True)).all()
