"""What an incident is seen against at one instant: who speaks for which unit, what is muted, what was heard last."""

from functools import cached_property

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_server.incidents.muting import Mute, critical_milk, mute_on
from coldchain_server.incidents.speakers import Speakers, Spoken
from coldchain_server.ledger.set_aside import probes_aside
from coldchain_server.ledger.tables import IncidentRow, LatestRow, MuteRow, VerdictRow


class Surroundings:
    """Read from the ledger once, when first asked, within somebody else's transaction."""

    def __init__(self, session: Session, speakers: Speakers, *, now_ms: int) -> None:
        self._session, self._speakers, self.now_ms = session, speakers, now_ms

    @cached_property
    def spoken(self) -> Spoken:
        """Return who speaks for which unit, the probes that are set aside aside."""
        return self._speakers.at(self.now_ms, probes_aside(self._session))

    @cached_property
    def mutes(self) -> list[Mute]:
        """Return what is muted now."""
        rows = select(MuteRow).where(MuteRow.from_ms <= self.now_ms, MuteRow.to_ms > self.now_ms)
        return [mute_of(row) for row in self._session.scalars(rows)]

    @cached_property
    def heard(self) -> dict[str, int]:
        """Return when each probe was last heard; a clock that is ahead counts as heard on receipt."""
        rows = self._session.execute(select(LatestRow.probe, LatestRow.at_ms, LatestRow.received_ms))
        return {probe: min(at_ms, received_ms) for probe, at_ms, received_ms in rows}

    def mute_on(self, incident: IncidentRow | VerdictRow) -> Mute | None:
        """Return the mute that covers what is found there now."""
        milk = critical_milk(incident.level, incident.reason)
        return mute_on(self.mutes, site=incident.site, unit=incident.unit, critical_milk=milk, at_ms=self.now_ms)


def mute_of(row: MuteRow) -> Mute:
    return msgspec.convert(row, Mute, from_attributes=True)
