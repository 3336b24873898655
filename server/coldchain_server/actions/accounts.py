"""Accounts of the pages: created, checked and ended; passwords are kept as argon2id hashes only."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.tables import UserRow
from coldchain_server.queries.people import viewer_of
from coldchain_server.viewer import Viewer

SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 256
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
_LANGUAGE = re.compile(r"(?:[a-z]{2,3})?")  # empty: has not said theirs


class Accounts:
    """Changes accounts within somebody else's transaction."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._nobody = hasher.hash("checked where there is no account, so that both take as long")

    def check(self, session: Session, name: str, password: str) -> Viewer | None:
        row = session.get(UserRow, name)
        if len(password) > LONGEST_PASSWORD:
            return None
        if not self._matches(row.password_hash if row else self._nobody, password) or row is None:
            return None
        if self._hasher.check_needs_rehash(row.password_hash):
            row.password_hash = self._hasher.hash(password)
        return viewer_of(row)

    def add(
        self, session: Session, fleet: Fleet, name: str, password: str, *, role: Role, site: str | None, language: str
    ) -> None:
        if not _NAME.fullmatch(name):
            raise BadEntry(f"{name[:64]!r} is not an account name: use 1 to 64 of a-z, 0-9 and inner . _ @ -")
        if not _LANGUAGE.fullmatch(language):
            raise BadEntry(f"{language[:16]!r} is not a language such as fr or en; leave it empty for the browser's")
        if site is not None and site not in fleet.sites:
            raise BadEntry(f"no site {site[:64]!r} in the fleet file: there are {', '.join(fleet.sites) or 'none'}")
        if role is Role.COOPERATIVE and site is None:
            raise BadEntry(f"{name} is a cooperative's account: say which site is its own")
        if session.get(UserRow, name) is not None:
            raise BadEntry(f"there is an account {name!r} already: change its password, or remove it first")
        hashed = self._hashed(password)
        session.add(UserRow(name=name, password_hash=hashed, role=role.value, site=site, language=language))

    def set_password(self, session: Session, name: str, password: str) -> None:
        self._known(session, name).password_hash = self._hashed(password)

    def remove(self, session: Session, name: str) -> None:
        session.delete(self._known(session, name))

    def _known(self, session: Session, name: str) -> UserRow:
        row = session.get(UserRow, name)
        if row is None:
            raise UnknownThing(f"no account {name[:64]!r}")
        return row

    def _hashed(self, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            raise BadEntry(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
        return self._hasher.hash(password)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
