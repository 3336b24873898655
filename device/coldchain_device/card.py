"""A file on the card that keeps one value over restarts: written whole or not at all."""

import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog

_log = structlog.get_logger()
T = TypeVar("T")


class CardFile(Generic[T]):
    """One value of `kind` as JSON in `path`."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path, self._kind = path, kind
        self._failing = False

    def load(self) -> T | None:
        """Return what was kept; None, and said, where it cannot be read, and None where there is nothing."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            _log.error("a file on the card cannot be read, going on without it", file=str(self._path), why=error)
            return None

    def save(self, value: T) -> None:
        """Keep `value`, durably and all or nothing. A card that takes nothing is said once."""
        try:
            self._write(msgspec.json.encode(value))
            self._failing = False
        except OSError as error:
            if not self._failing:
                _log.error("a file on the card cannot be written", file=str(self._path), why=error)
            self._failing = True

    def _write(self, content: bytes) -> None:
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
