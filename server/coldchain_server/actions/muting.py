"""Mutes as deeds: a silence or a maintenance window made, and ended before its time; each with its audit row."""

import msgspec
from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from coldchain_server.actions.audit import note
from coldchain_server.errors import BadEntry
from coldchain_server.ledger.tables import MuteRow

LONGEST_S = 14 * 86_400
LONGEST_OF_CRITICAL_MILK_S = 86_400
LONGEST_REASON = 280


class Muting(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be muted: a unit, else a site, else (both None) every site; for how long from now, or from later on.

    Critical milk is muted only where `critical_milk` says so.
    """

    unit: str | None = None
    site: str | None = None
    lasts_s: int
    why: str
    from_ms: int | None = None
    critical_milk: bool = False


def mute(session: Session, muting: Muting, *, site: str, who: str, now_ms: int) -> int:
    """Enter a mute and return its number; `site` is that of its unit, or its own, or empty for every site.

    Raises `BadEntry` without a reason or a length that a mute may have: one always ends.
    """
    why = " ".join(muting.why.split())
    longest_s = LONGEST_OF_CRITICAL_MILK_S if muting.critical_milk else LONGEST_S
    from_ms = now_ms if muting.from_ms is None else max(muting.from_ms, now_ms)
    if not why or len(why) > LONGEST_REASON:
        raise BadEntry(f"say in 1 to {LONGEST_REASON} characters why nobody is to be told")
    if not 0 < muting.lasts_s <= longest_s:
        raise BadEntry(f"a mute of this kind lasts at most {longest_s // 3600} hours")
    if from_ms - now_ms > LONGEST_S * 1000:
        raise BadEntry(f"a mute begins within {LONGEST_S // 86_400} days")
    row = MuteRow(
        site=site,
        unit=muting.unit or "",
        from_ms=from_ms,
        to_ms=from_ms + muting.lasts_s * 1000,
        critical_milk=muting.critical_milk,
        who=who[:64],
        why=why,
        made_ms=now_ms,
    )
    session.add(row)
    session.flush()
    what = f"unit {row.unit}" if row.unit else f"site {row.site}" if row.site else "every site"
    milk = "; critical milk too" if row.critical_milk else ""
    detail = f"{muting.lasts_s // 60} minutes{milk}: {why}"
    note(session, at_ms=now_ms, who=who, action="mute", subject=what, detail=detail)
    return row.id


def end_mute(session: Session, row: MuteRow, *, who: str, now_ms: int) -> bool:
    """End a mute now, or before it begins; False where it is over already."""
    ending = update(MuteRow).where(MuteRow.id == row.id, MuteRow.to_ms > now_ms)
    result = session.execute(ending.values(to_ms=now_ms, ended_by=who[:64]))
    assert isinstance(result, CursorResult)  # noqa: S101 - what an update gives
    if result.rowcount != 1:
        return False
    note(session, at_ms=now_ms, who=who, action="end-mute", subject=f"mute {row.id}")
    return True
