"""Reading accounts: who somebody is, never what their password hashes to."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import UserRow
from coldchain_server.viewer import Viewer

_STAMP_LENGTH = 16


def viewer_named(session: Session, name: str) -> Viewer | None:
    row = session.get(UserRow, name)
    return None if row is None else viewer_of(row)


def accounts(session: Session) -> tuple[Viewer, ...]:
    """Return everybody who may sign in, by name."""
    return tuple(viewer_of(row) for row in session.scalars(select(UserRow).order_by(UserRow.name)))


def viewer_of(row: UserRow) -> Viewer:
    return Viewer(
        name=row.name,
        role=Role(row.role),
        site=SiteId(row.site) if row.site else None,
        language=row.language,
        stamp=hashlib.sha256(row.password_hash.encode()).hexdigest()[:_STAMP_LENGTH],
    )
