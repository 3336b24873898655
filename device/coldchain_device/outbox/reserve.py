"""A reserve of room on the card: to note what is stored, and to delete it, takes some room too."""

import os
import shutil
from pathlib import Path

RESERVE_BYTES = 4 * 1024**2
_LEAST_BYTES = 64 * 1024


class Reserve:
    """A file that holds room against whoever else writes to the card. Samples never get it; it is given up only for
    what makes room, and taken again at once, as much of it as there is."""

    def __init__(self, path: Path, *, size: int = RESERVE_BYTES) -> None:
        self._path, self._size = path, size

    def held(self) -> int:
        """Return how many bytes are held."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def release(self) -> None:
        """Give the room up; `OSError` where the card is broken or may not be written."""
        self._path.unlink(missing_ok=True)

    def hold(self) -> None:
        """Hold as much as there is, up to all of it."""
        size = self._size
        while size >= _LEAST_BYTES and self.held() < size and not self._grown(size):
            size //= 2

    def hold_again(self) -> None:
        """Hold all of it, where it is not held and there is plenty now."""
        try:
            if self.held() < self._size and shutil.disk_usage(self._path.parent).free >= 2 * self._size:
                self._grown(self._size)
        except OSError:
            return

    def _grown(self, size: int) -> bool:
        try:
            with self._path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            return False
        return True
