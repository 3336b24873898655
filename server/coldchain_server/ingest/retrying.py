"""Receiving a quarantined message once more, as the fleet and the enrolments are now."""

from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.reception import Arrival, Known, receive
from coldchain_server.ingest.words import enrolments, enter
from coldchain_server.ledger.database import Sessions
from coldchain_server.spool.model import Entry, Quarantined
from coldchain_server.spool.spool import Spool


def retry(entry: Entry, *, spool: Spool, sessions: Sessions, fleet: Fleet) -> Quarantined | None:
    """Receive `entry`, kept whole, as if it came again at its own instant; return what is still refused of it, if any.

    What can be used is spooled, and the entry goes or gives way to what is still refused, in one transaction.
    """
    arrival = Arrival(topic=entry.item.topic, payload=entry.item.payload, received_ms=entry.item.received_ms)
    received = receive(arrival, Known.of(fleet, enrolments(sessions)))
    enter(sessions, [(arrival, received)])
    spool.admit(received.items, instead_of=entry)
    return next((item for item in received.items if isinstance(item, Quarantined)), None)
