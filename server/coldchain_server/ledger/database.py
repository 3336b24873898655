"""Opening the ledger: one engine for SQLite or PostgreSQL, with the settings each needs to be durable."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from coldchain_server.errors import LedgerUnavailable, UnknownThing

Sessions = sessionmaker[Session]
"""Opens a unit of work: `with sessions.begin() as session:` commits whole or not at all.

Whatever is done in it raises `LedgerUnavailable` where the database is away, busy or full.
"""

_BUSY_S = 30.0
_WAL_TRIALS = 20
# SQLite calls a missing table "operational" too; only these pass by themselves or once the disk has been seen to.
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def open_ledger(url: str) -> Engine:
    """Return an engine on `url`, such as `sqlite:///var/ledger.sqlite` or `postgresql+psycopg://…`.

    SQLite runs in WAL with FULL synchronisation and enforced foreign keys; its folder is created. `UnknownThing` where
    the address is none, or names a database whose driver is not installed.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": _BUSY_S}) if sqlite else _remote(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UnknownThing(
            f"the ledger's address names no database this server can open ({type(error).__name__}): use "
            "sqlite:///PATH, or postgresql+psycopg://… with the extra coldchain[postgresql]"
        ) from error
    except OSError as error:
        raise LedgerUnavailable(f"the ledger's folder cannot be made: {error}") from error
    if sqlite:
        event.listen(engine, "connect", _durable)
    event.listen(engine, "handle_error", _translated)
    return engine


def sessions_of(engine: Engine) -> Sessions:
    """Return what opens units of work on `engine`; rows stay readable after their commit."""
    return sessionmaker(engine, expire_on_commit=False)


def _remote(url: Any) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Change the file to WAL. Where another process does so too, SQLite fails at once instead of waiting."""
    for trial in range(_WAL_TRIALS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if trial == _WAL_TRIALS - 1:
                raise
        connection.execute("BEGIN IMMEDIATE")  # this one does wait, until the other is done
        connection.execute("COMMIT")


def _translated(context: ExceptionContext) -> None:
    """Raise `LedgerUnavailable` in the place of a driver's error that trying again can help."""
    error = context.original_exception
    away = context.is_disconnect or isinstance(context.sqlalchemy_exception, OperationalError)
    if isinstance(error, sqlite3.Error):
        away = (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _PASSING
    if away and not context.is_pre_ping:
        where = context.engine.url.render_as_string(hide_password=True) if context.engine else "the ledger"
        raise LedgerUnavailable(f"the ledger {where} did not answer: {str(error).strip()}") from error
