"""Opening the ledger: one engine for SQLite or PostgreSQL, with the settings each needs to be durable."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

Sessions = sessionmaker[Session]
"""Opens a unit of work: `with sessions.begin() as session:` commits whole or not at all."""


def open_ledger(url: str) -> Engine:
    """Return an engine on `url`, such as `sqlite:///var/ledger.sqlite` or `postgresql+psycopg://…`.

    SQLite runs in WAL with FULL synchronisation and enforced foreign keys; its folder is created.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def sessions_of(engine: Engine) -> Sessions:
    """Return what opens units of work on `engine`; rows stay readable after their commit."""
    return sessionmaker(engine, expire_on_commit=False)
