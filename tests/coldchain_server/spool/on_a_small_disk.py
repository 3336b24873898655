"""Fills the spool in the folder given, on a small disk of its own; makes room; drains it; prints what it saw.

Run by `test_full_disk` in a mount namespace of its own; `ballast` is what somebody else had written to that disk.
"""

import json
import sys
from pathlib import Path

from coldchain_server.errors import SpoolUnavailable
from coldchain_server.spool.model import Accepted, Quarantined, Reason, quarantined
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, OUTBOX, PI, pack, reading

READINGS = 40
RESERVE_BYTES = 6 * 2**20


def item(number: int) -> Accepted:
    readings = [reading(NOW_MS + number * READINGS + place) for place in range(READINGS)]
    taken = pack(*readings, first=number * READINGS + 1)
    return Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=taken)


def refused() -> Quarantined:
    return quarantined(b"x", Reason.REFUSED_BY_STORE, topic="t", device=PI, detail="", received_ms=NOW_MS)


def fill(spool: Spool, number: int) -> int:
    """Admit packs from the `number`-th on until no more are taken; return how many there are then."""
    while True:
        try:
            spool.admit([item(number)])
        except SpoolUnavailable:
            return number
        number += 1


def main(folder: Path) -> None:
    spool = Spool(folder / "spool.sqlite", quota=Quota(entries=10, bytes=10_000), reserve_bytes=RESERVE_BYTES)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(4 * 2**20))
    first = fill(spool, 0)
    kept = len(spool.received(OUTBOX))
    again = fill(spool, first)
    spool.quarantine([refused()])  # what the store said no to is set aside on a full disk too
    ballast.unlink()
    second = fill(spool, again)
    for place in range(1, second + 1):  # the store is back, and reads all that waits while the disk is full
        for consumer in ("writing", "judging"):
            spool.advance(consumer, place)
    third = fill(spool, second)
    told = {
        "first": first,
        "kept": kept,
        "again": again,
        "second": second,
        "third": third,
        "received": len(spool.received(OUTBOX)),
    }
    spool.close()
    print(json.dumps(told))


main(Path(sys.argv[1]))
