"""What an incident is seen against at one instant: who speaks for which unit, what is muted, what was heard last."""

from functools import cached_property

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import UnitId
from coldchain_server.fleet.aside import without
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.voices import Voice, voice_of, voices
from coldchain_server.incidents.muting import Mute, critical_milk, mute_on
from coldchain_server.ledger.set_aside import probes_aside
from coldchain_server.ledger.tables import IncidentRow, LatestRow, MuteRow, VerdictRow


class Surroundings:
    """Read from the ledger once, when first asked, within somebody else's transaction."""

    def __init__(self, session: Session, fleet: Fleet, *, now_ms: int) -> None:
        self._session, self._whole, self.now_ms = session, fleet, now_ms

    @cached_property
    def fleet(self) -> Fleet:
        """Return the fleet without the probes that are set aside."""
        return without(self._whole, probes_aside(self._session))

    @cached_property
    def voices(self) -> tuple[Voice, ...]:
        return voices(self.fleet, self.now_ms)

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

    def voice_of(self, unit: str) -> Voice | None:
        return voice_of(self.fleet, UnitId(unit), self.now_ms)

    @cached_property
    def _devices(self) -> dict[str, str]:
        held = (placement for placement in self._whole.placements if placement.holds(self.now_ms))
        return {placement.probe: placement.device for placement in held}

    def device_of(self, subject: str) -> str:
        """Return the device that tells what a probe measures now; empty for what is no probe in its place."""
        return self._devices.get(subject, "")

    def mute_on(self, incident: IncidentRow | VerdictRow) -> Mute | None:
        """Return the mute that covers what is found there now."""
        milk = critical_milk(incident.level, incident.reason)
        return mute_on(self.mutes, site=incident.site, unit=incident.unit, critical_milk=milk, at_ms=self.now_ms)


def mute_of(row: MuteRow) -> Mute:
    return msgspec.convert(row, Mute, from_attributes=True)
