"""Letting the demo's devices in: rows in the ledger only, as the embedded broker has no access list."""

import secrets

from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import EnrolmentRow


def enrol_all(fleet: Fleet, *, sessions: Sessions, at_ms: int) -> None:
    """Enrol every device of `fleet` as of `at_ms`."""
    with sessions.begin() as session:
        for device in fleet.devices.values():
            session.add(
                EnrolmentRow(device=device.id, site=device.site, enrolled_ms=at_ms, signing_key=secrets.token_hex(32))
            )
