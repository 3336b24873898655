"""What time, mutes and larger causes make of an incident that goes on. Pure."""

import msgspec

from coldchain_server.incidents.muting import Mute
from coldchain_server.incidents.table import Event, State


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An incident that goes on: until when it is held, since when it is fine this time, and what covers it now."""

    state: State
    held_until_ms: int | None = None
    fine_ms: int | None = None
    mute: Mute | None = None
    under: bool = False

    @property
    def covered(self) -> bool:
        return self.under or self.mute is not None


def settle(standing: Standing, *, now_ms: int, calm_s: int) -> Event | None:
    """Return what happens to an incident at `now_ms`; None where nothing does."""
    if standing.fine_ms is not None and now_ms - standing.fine_ms >= calm_s * 1000:
        return Event.FINE
    if standing.state in (State.PENDING, State.OPEN) and standing.covered:
        return Event.COVERED
    if standing.state is State.SUPPRESSED and not standing.covered:
        return Event.RELEASED
    if standing.state is State.PENDING and (standing.held_until_ms is None or now_ms >= standing.held_until_ms):
        return Event.DUE
    return None
