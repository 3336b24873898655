"""Requests on their way out: what ingest, which has the broker's ear, is to publish now."""

import time

import structlog

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.messages import Request, encode_message
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking import requests
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import RequestRow

log = structlog.get_logger()

_LOOK_EVERY_S = 1.0
_AT_ONCE = 100


class Outgoing:
    """Asked at every step of ingest, it looks into the ledger once a second. One thread only.

    A request is neither retained nor kept by the broker for a device that is away: it is published again, ever more
    rarely, and at once when the device is heard, until it is answered or expires.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._looked_s = float("-inf")

    def due(self, now_ms: int) -> list[tuple[Topic, bytes]]:
        """Return what to publish now, noted as published; `LedgerUnavailable` where the ledger is away."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return []
        self._looked_s = now_s
        with self._sessions() as session:
            if not requests.due(session, now_ms=now_ms, limit=1):
                return []
        with self._sessions.begin() as session:
            rows = requests.due(session, now_ms=now_ms, limit=_AT_ONCE)
            for row in rows:
                if row.expires_ms <= now_ms and requests.expire(session, row):
                    log.info("request was not answered in time", request=row.id, device=row.device, action=row.action)
            return [_message(row) for row in rows if requests.publishing(session, row, now_ms=now_ms)]


def _message(row: RequestRow) -> tuple[Topic, bytes]:
    request = Request(
        id=row.id,
        action=row.action,
        expires_ms=row.expires_ms,
        outbox=row.outbox,
        sequences=row.sequences,
        unit=row.unit,
        whys=tuple(row.whys.split(",")) if row.whys else (),
    )
    return Topic(SiteId(row.site), DeviceId(row.device), Kind.REQUEST), encode_message(request)
