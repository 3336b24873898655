"""What is found and has no incident yet: told at once, held because a larger cause is likely, or covered by a mute."""

import msgspec

from coldchain_judgement.verdicts import Why
from coldchain_server.incidents.likely import Hush, larger_cause_likely
from coldchain_server.incidents.muting import Mute
from coldchain_server.incidents.settings import IncidentSettings
from coldchain_server.incidents.surroundings import Surroundings
from coldchain_server.incidents.table import Event
from coldchain_server.ledger.tables import IncidentRow


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident begins; held, until when at the latest."""

    event: Event
    held_until_ms: int | None = None
    mute: Mute | None = None


def arrival(incident: IncidentRow, surroundings: Surroundings, settings: IncidentSettings) -> Arrival:
    """Return how `incident`, entered nowhere yet, begins. What is found in milk is never held."""
    mute = surroundings.mute_on(incident)
    if mute is not None:
        return Arrival(event=Event.COVERED, mute=mute)
    hold_s = _hold_s(incident, surroundings, settings)
    if hold_s and not incident.past:
        return Arrival(event=Event.HELD, held_until_ms=surroundings.now_ms + hold_s * 1000)
    return Arrival(event=Event.BREACH)


def _hold_s(incident: IncidentRow, surroundings: Surroundings, settings: IncidentSettings) -> int:
    if incident.reason == Why.POWER_LOST.value:
        return settings.power_hold_s if len(surroundings.spoken.live) >= settings.outage_sites else 0
    if incident.reason != Why.SILENT.value:
        return 0
    hush = Hush(
        site=incident.site,
        unit=incident.unit,
        subject=incident.subject,
        since_ms=incident.since_ms,
        heard=surroundings.heard,
    )
    return settings.hold_s if larger_cause_likely(hush, surroundings.spoken.live, settings) else 0
