"""Taking readings away: one file of what is selected, written once however often it is asked for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile

import msgspec

from coldchain_contract.bundle import UNSIGNED
from coldchain_contract.sequences import Sequences
from coldchain_device.export.bundling import Bundled, Maker
from coldchain_device.export.file import check_room, is_bundled, is_written, write_whole
from coldchain_device.export.selection import Selected, name_of
from coldchain_device.export.sheet import sheet_pieces

BUNDLE, SHEET = ".coldchain", ".csv"
_SHEET_BYTES_A_READING = 160
_IN_MEMORY_BYTES = 16 * 1024**2


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The file, and what it holds; `already` where it was there before with the same readings.

    `undated` are readings without an instant, and `left_out` those no pack can hold: neither are in it. `lost` are the
    numbers, by outbox, that are gone for good.
    """

    file: str
    readings: int
    undated: int
    left_out: int = 0
    lost: dict[str, str] = {}
    already: bool


def take_bundle(selected: Sequence[Selected], folder: Path, *, maker: Maker, progress: Callable[[int], None]) -> Taken:
    """Write what is selected into `folder` as a bundle; `ExportFailed` where that cannot be done."""
    file = folder / f"{name_of(selected, whose=maker.device, signed=maker.key != UNSIGNED)}{BUNDLE}"
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as packs:
        bundled = Bundled(selected, maker, packs=packs, progress=progress)
        already = is_bundled(file, bundled.manifest, maker.key)
        if not already:
            check_room(folder, bundled.size())
            write_whole(file, bundled.pieces())
    return _taken(selected, file, already=already, left_out=bundled.left_out)


def take_sheet(selected: Sequence[Selected], folder: Path, *, maker: Maker, progress: Callable[[int], None]) -> Taken:
    """Write what is selected into `folder` as a sheet; `ExportFailed` where that cannot be done."""
    file = folder / f"{name_of(selected, whose=maker.device, signed=False)}{SHEET}"
    already = is_written(file, sheet_pieces(selected, site=maker.site, device=maker.device, progress=progress))
    if not already:
        check_room(folder, _SHEET_BYTES_A_READING * sum(len(one.sequences) for one in selected))
        write_whole(file, sheet_pieces(selected, site=maker.site, device=maker.device, progress=progress))
    return _taken(selected, file, already=already)


def _taken(selected: Sequence[Selected], file: Path, *, already: bool, left_out: int = 0) -> Taken:
    return Taken(
        file=str(file),
        readings=sum(len(one.sequences) for one in selected) - left_out,
        undated=sum(one.undated for one in selected),
        left_out=left_out,
        lost={str(one.outbox.id): str(one.lost) for one in selected if one.lost != Sequences()},
        already=already,
    )
