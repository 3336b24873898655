"""A small disk of a test's own: a tmpfs that only the story on it sees, and that goes with it."""

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

_CLONE_NEWNS = 0x20000
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_LIBC = ctypes.CDLL(None, use_errno=True)


def on_a_small_disk(folder: Path, *, megabytes: int, story: Callable[[], None]) -> None:
    """Run `story` where `folder` is a disk of so many megabytes; skip the test where none may be mounted.

    The story has a thread of its own, because a mount namespace is a thread's: the processes and threads it begins find
    the disk there, nobody else does, and once all of them have ended the kernel takes it away, however they ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="small-disk") as thread:
        thread.submit(_enter, folder, megabytes).result()
        thread.submit(story).result()


def fill(file: Path) -> None:
    """Write `file` until there is no byte left on its disk."""
    with file.open("ab", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            return


def _enter(folder: Path, megabytes: int) -> None:
    _call("unshare", _CLONE_NEWNS)
    _call("mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={megabytes}m".encode())


def _call(name: str, *arguments: bytes | int | None) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        pytest.skip(f"this machine lets no test mount a disk of its own: {name}: {os.strerror(ctypes.get_errno())}")
