"""Asking a device for something on a person's word: the request and its audit row, in one transaction."""

from sqlalchemy.orm import Session

from coldchain_server.actions.audit import note
from coldchain_server.asking import requests
from coldchain_server.asking.requests import Wish
from coldchain_server.ledger.tables import RequestRow


def ask(session: Session, wish: Wish, *, now_ms: int) -> RequestRow:
    """Write the request that `wish.who` makes of a device."""
    row = requests.make(session, wish, now_ms=now_ms)
    detail = f"{wish.action.value} {wish.sequences}".rstrip()
    note(session, at_ms=now_ms, who=wish.who, action="request", subject=f"device {wish.device.id}", detail=detail)
    return row
