"""The files an outbox consists of, and setting them aside whole when they are damaged."""

import os
from pathlib import Path
from uuid import UUID

_ASIDE, _SALVAGED = ".damaged-", ".salvaged-"
_LOG, _IDENTITY = "-wal", ".id"
_PARTS = ("", _LOG, "-shm", _IDENTITY)
"""SQLite's three files, and the outbox's identity once more, so that no damage to them hides it. In this order they are
moved: while the identity is still there, not all are."""


def beside(path: Path, suffix: str) -> Path:
    """Return the file that has the name of `path` and `suffix`."""
    return path.with_name(f"{path.name}{suffix}")


def log_of(path: Path) -> Path:
    """Return the write-ahead log of the outbox at `path`."""
    return beside(path, _LOG)


def noted_identity(path: Path) -> str:
    """Return what stands beside the outbox at `path` as its identity; empty where nothing does."""
    file = beside(path, _IDENTITY)
    return file.read_text(errors="replace").strip() if file.exists() else ""


def note_identity(path: Path, identity: UUID) -> None:
    """Write the identity beside the outbox, durably, where it does not stand there."""
    if noted_identity(path) == str(identity):
        return
    part = beside(path, f"{_IDENTITY}.part")
    with part.open("w") as stream:
        stream.write(f"{identity}\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(beside(path, _IDENTITY))


def is_bereft(path: Path) -> bool:
    """Return whether an outbox was begun at `path` and its file is missing or empty: SQLite would begin it anew, and
    throw away a log that may hold readings."""
    return bool(noted_identity(path)) and not (path.exists() and path.stat().st_size)


def set_aside(path: Path) -> Path:
    """Rename the outbox and the files beside it; return the new name."""
    number = 1 + max(map(_number, (*files_set_aside(path), *files_salvaged(path))), default=0)
    aside = beside(path, f"{_ASIDE}{number}")
    if not path.exists():
        last = max(files_set_aside(path), key=_number, default=None)
        if last is not None and not beside(last, _IDENTITY).exists():
            aside = last  # a power cut came between the first and the last renaming
        else:
            path.touch()
    for suffix in _PARTS:
        part = beside(path, suffix)
        if part.exists():
            part.rename(beside(aside, suffix))
    return aside


def files_set_aside(path: Path) -> list[Path]:
    """Return the damaged files that were set aside at `path`, the oldest first."""
    return _numbered(path, _ASIDE)


def files_salvaged(path: Path) -> list[Path]:
    """Return the outboxes that were salvaged from damaged files of the one at `path`, the oldest first."""
    return _numbered(path, _SALVAGED)


def salvage_of(aside: Path) -> Path:
    """Return where the outbox stands that is salvaged from a file set aside."""
    return aside.with_name(f"{aside.name.rpartition(_ASIDE)[0]}{_SALVAGED}{_number(aside)}")


def origin_of(salvaged: Path) -> Path:
    """Return the damaged file that an outbox was salvaged from."""
    return salvaged.with_name(f"{salvaged.name.rpartition(_SALVAGED)[0]}{_ASIDE}{_number(salvaged)}")


def size_of(path: Path) -> int:
    """Return how many bytes the outbox at `path` takes on the card, with what is beside it."""
    parts = (beside(path, suffix) for suffix in _PARTS)
    return sum(part.stat().st_size for part in parts if part.exists())


def remove(path: Path) -> None:
    """Delete the outbox at `path` and what is beside it."""
    for suffix in _PARTS:
        beside(path, suffix).unlink(missing_ok=True)


def _numbered(path: Path, kind: str) -> list[Path]:
    beginning = f"{path.name}{kind}"
    found = [one for one in path.parent.glob(f"{beginning}*") if one.name.removeprefix(beginning).isdigit()]
    return sorted(found, key=_number)


def _number(path: Path) -> int:
    return int(path.name.rpartition("-")[2])
