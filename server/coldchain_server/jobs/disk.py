"""Watching the disk the server writes to: said once before it is full, and once when there is room again."""

import shutil
from pathlib import Path

import structlog

log = structlog.get_logger()

_LOW_SHARE = 0.05
_LOW_BYTES = 500 * 1024 * 1024


class DiskWatch:
    """Says when less than 5 % and less than 500 MiB are free in `folder`, and when that is over."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._low = folder, False

    def __call__(self) -> None:
        usage = shutil.disk_usage(self._folder)
        low = is_low(free_bytes=usage.free, total_bytes=usage.total)
        if low and not self._low:
            log.error("disk is nearly full", folder=str(self._folder), free_mib=usage.free // 2**20)
        if self._low and not low:
            log.info("disk has room again", folder=str(self._folder), free_mib=usage.free // 2**20)
        self._low = low


def is_low(*, free_bytes: int, total_bytes: int) -> bool:
    """Return whether so little is free that a person should make room."""
    return free_bytes < _LOW_BYTES and free_bytes < total_bytes * _LOW_SHARE
