"""The formats that can be imported, and telling which one a file is."""

from collections.abc import Sequence

from coldchain_server.errors import BadEntry
from coldchain_server.importing.bundle import BundleFormat
from coldchain_server.importing.format import Format
from coldchain_server.importing.loggers import FRIDGE_TAG, LOGTAG
from coldchain_server.importing.sheet import SheetFormat

FORMATS: tuple[Format, ...] = (BundleFormat(), SheetFormat(), FRIDGE_TAG, LOGTAG)
"""Asked in this order: a format that is more particular stands before one that is less so."""

_SHOWN_BYTES = 40


def format_of(head: bytes, *, formats: Sequence[Format] = FORMATS) -> Format:
    """Return the format of a file that begins with `head`; `BadEntry` says how it begins where nothing knows it."""
    for one in formats:
        if one.recognises(head):
            return one
    names = ", ".join(one.name for one in formats)
    if not head:
        raise BadEntry(f"it is empty; what can be imported: {names}")
    raise BadEntry(f"it begins with {head[:_SHOWN_BYTES]!r}, which is none of what can be imported: {names}")
