"""Writing one file onto a USB key: whole or not at all, and never over another."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec

from coldchain_contract.bundle import Bundle, Manifest
from coldchain_contract.errors import BadBundle
from coldchain_device.errors import ExportFailed

_SPARE_BYTES = 64 * 1024
_SOMETHING_ELSE = "{file} is there already and is damaged, or something else: look at it and move it away"


def check_room(folder: Path, size: int) -> None:
    """Raise `ExportFailed` where `folder` is not there, or has no room for `size` bytes."""
    if not folder.is_dir():
        raise ExportFailed(f"{folder} is no folder: is the USB key mounted?")
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE_BYTES:
        raise ExportFailed(f"{folder} has {free} bytes free and about {size} are needed: make room, or use --from")


def is_written(file: Path, pieces: Iterable[bytes]) -> bool:
    """Return whether `file` consists of `pieces`; `ExportFailed` where it is there and is anything else."""
    if not file.exists():
        return False
    try:
        with file.open("rb") as stream:
            if all(stream.read(len(piece)) == piece for piece in pieces) and not stream.read(1):
                return True
    except OSError as error:
        raise ExportFailed(f"{file} cannot be read: {error.strerror or error}") from error
    raise ExportFailed(_SOMETHING_ELSE.format(file=file))


def is_bundled(file: Path, manifest: Manifest, key: bytes) -> bool:
    """Return whether `file` is a bundle of the same readings, whole and signed with `key`.

    `ExportFailed` where it is anything else: it is not for us to overwrite.
    """
    if not file.exists():
        return False
    try:
        with file.open("rb") as stream:
            bundle = Bundle(stream)
            same = _undated(bundle.manifest) == _undated(manifest)
            if same and not any(part.wrong for part in bundle.parts(key)):
                return True
    except BadBundle:
        pass
    except OSError as error:
        raise ExportFailed(f"{file} cannot be read: {error.strerror or error}") from error
    raise ExportFailed(_SOMETHING_ELSE.format(file=file))


def write_whole(file: Path, pieces: Iterable[bytes]) -> None:
    """Write `file` under another name first, have the key really take it, and give it its name then.

    `ExportFailed` where the key does not take it; then nothing of it is left there.
    """
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(file)
        _sync_folder(file.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExportFailed(f"{file} cannot be written: {error.strerror or error}; try another USB key") from error


def _sync_folder(folder: Path) -> None:
    """Have the name survive the key being pulled out."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _undated(manifest: Manifest) -> Manifest:
    """Return what a bundle holds, whenever and by which software it was made."""
    return msgspec.structs.replace(manifest, made_ms=0, software="")
