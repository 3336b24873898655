"""What judging remembers: each probe's course and newest reading, in memory and, with each commit, in the ledger."""

from collections.abc import Container, Iterable
from typing import Any

import msgspec
import structlog
from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from coldchain_contract.identifiers import ProbeUrn, SiteId, UnitId
from coldchain_contract.readings import Reading
from coldchain_judgement.course import Course
from coldchain_judgement.rules.silent import Silence
from coldchain_judgement.rules.stuck import Stuck
from coldchain_server.fleet.model import Placement
from coldchain_server.ledger.tables import CourseRow, LatestRow

log = structlog.get_logger()

_GIVES_WAY_MS = 300_000


class Kept(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What is carried of a probe in one place; in another place the same probe begins anew.

    `course` is what live judging goes by, `terms` the key of what it is judged by. Where the device does not know the
    time, `dated` is the course of those readings alone that have come with their dates: the one the timeline tells.
    `filled_in`: some that had been judged without a date have come again with it. `silence` and `stuck` are no part of
    the course, as they rest on more than the readings of this probe.
    """

    site: SiteId
    unit: UnitId
    from_ms: int
    terms: str = ""
    course: Course = Course()
    dated: Course | None = None
    filled_in: bool = False
    silence: Silence = Silence()
    stuck: Stuck = Stuck()

    def is_in(self, placement: Placement) -> bool:
        """Return whether this is the probe in `placement`, and not in another place or at another time."""
        return self.unit == placement.unit and self.from_ms == placement.from_ms

    @property
    def settled(self) -> Course:
        """Return the course that readings with their own dates alone have made."""
        return self.course if self.dated is None else self.dated


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Kept)


class Latest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The newest reading of a probe, and the newest that had a value. `estimated`: its device did not know the time."""

    at_ms: int
    received_ms: int
    value: float | None
    quality: str
    ok_at_ms: int | None = None
    ok_value: float | None = None
    estimated: bool = False


class Memory:
    """Holds what was committed, and over it what is new since; `keep` writes the new, `adopt` makes it the committed.

    Whoever's commit may have failed drops the memory and loads another.
    """

    def __init__(self, session: Session) -> None:
        self._kept = _kept(session)
        self._latest = {ProbeUrn(row.probe): _latest(row) for row in session.scalars(select(LatestRow))}
        self._new_kept: dict[ProbeUrn, Kept | None] = {}
        self._new_latest: dict[ProbeUrn, Latest] = {}

    def of(self, probe: ProbeUrn) -> Kept | None:
        """Return what is carried of a probe, or None."""
        return self._new_kept[probe] if probe in self._new_kept else self._kept.get(probe)

    def latest(self, probe: ProbeUrn) -> Latest | None:
        """Return the newest reading of a probe, or None."""
        return self._new_latest.get(probe) or self._latest.get(probe)

    def come_ms(self, probe: ProbeUrn) -> int | None:
        """Return the newest reading of a probe that was judged with its own date."""
        kept = self.of(probe)
        return None if kept is None else kept.settled.last_ms

    def all(self) -> list[tuple[ProbeUrn, Kept]]:
        """Return what is carried of every probe."""
        both = self._kept | self._new_kept
        return [(probe, kept) for probe, kept in both.items() if kept is not None]

    def put(self, probe: ProbeUrn, kept: Kept) -> None:
        self._new_kept[probe] = kept

    def drop(self, probe: ProbeUrn) -> None:
        self._new_kept[probe] = None

    def see(self, reading: Reading, *, received_ms: int, estimated: bool = False) -> None:
        """Remember `reading` where it is the newest of its probe, or the newest that has a value."""
        before = self.latest(reading.probe)
        after = _newer(before, reading, received_ms, estimated=estimated)
        if after is not before:
            self._new_latest[reading.probe] = after

    @property
    def has_news(self) -> bool:
        return bool(self._new_kept or self._new_latest)

    def keep(self, session: Session) -> None:
        """Write what is new to the ledger, as part of the caller's transaction."""
        gone = [probe for probe, kept in self._new_kept.items() if kept is None and probe in self._kept]
        if gone:
            session.execute(delete(CourseRow).where(CourseRow.probe.in_(gone)))
        courses = [
            (probe, {"probe": probe, "state": _encoder.encode(kept).decode()})
            for probe, kept in self._new_kept.items()
            if kept is not None
        ]
        _write(session, CourseRow, courses, known=self._kept.keys())
        latest = [(probe, {"probe": probe, **msgspec.structs.asdict(new)}) for probe, new in self._new_latest.items()]
        _write(session, LatestRow, latest, known=self._latest.keys())

    def adopt(self) -> None:
        """Take what was written for committed."""
        for probe, kept in self._new_kept.items():
            if kept is None:
                self._kept.pop(probe, None)
            else:
                self._kept[probe] = kept
        self._latest |= self._new_latest
        self._new_kept, self._new_latest = {}, {}


def kept_of(session: Session, probe: ProbeUrn) -> Kept | None:
    """Return what the ledger says now is carried of one probe; None too where it cannot be read."""
    row = session.get(CourseRow, probe, populate_existing=True)
    return None if row is None else _decoded(row)


def _kept(session: Session) -> dict[ProbeUrn, Kept]:
    found = {}
    for row in session.scalars(select(CourseRow)):
        kept = _decoded(row)
        if kept is not None:
            found[ProbeUrn(row.probe)] = kept
        else:
            session.delete(row)
    return found


def _decoded(row: CourseRow) -> Kept | None:
    try:
        return _decoder.decode(row.state)
    except msgspec.MsgspecError as error:
        log.error("course of a probe cannot be read, its rules begin anew", probe=row.probe, why=error)
        return None


def _latest(row: LatestRow) -> Latest:
    return Latest(
        at_ms=row.at_ms,
        received_ms=row.received_ms,
        value=row.value,
        quality=row.quality,
        ok_at_ms=row.ok_at_ms,
        ok_value=row.ok_value,
        estimated=row.estimated,
    )


def _newer(before: Latest | None, reading: Reading, received_ms: int, *, estimated: bool) -> Latest:
    """Return `before` itself where `reading` is no news.

    What is estimated was dated by its receipt, so a little too late: it gives way to the same reading dated by its
    device, and to any other up to five minutes older.
    """
    gives_way_ms = _GIVES_WAY_MS if before is not None and before.estimated and not estimated else 0
    newest = before is None or reading.at_ms > before.at_ms - gives_way_ms
    ok_newest = reading.value is not None and (
        before is None or before.ok_at_ms is None or reading.at_ms > before.ok_at_ms - gives_way_ms
    )
    if before is not None and not newest and not ok_newest:
        return before
    after = before
    if after is None or newest:
        after = Latest(
            at_ms=reading.at_ms,
            received_ms=received_ms,
            value=reading.value,
            quality=reading.quality.value,
            ok_at_ms=before.ok_at_ms if before else None,
            ok_value=before.ok_value if before else None,
            estimated=estimated,
        )
    if ok_newest:
        after = msgspec.structs.replace(after, ok_at_ms=reading.at_ms, ok_value=reading.value)
    return after


def _write(
    session: Session,
    rows: type[DeclarativeBase],
    values: Iterable[tuple[object, dict[str, Any]]],
    *,
    known: Container[object],
) -> None:
    """Update the rows that are known and insert the others, each with one statement for all of them."""
    table = rows.__table__
    assert isinstance(table, Table)  # noqa: S101 - what a mapped class has
    values = list(values)
    fresh = [value for key, value in values if key not in known]
    changed = [{f"new_{name}": of for name, of in value.items()} for key, value in values if key in known]
    if fresh:
        session.execute(insert(table), fresh)
    if changed:
        keys = {column.name for column in table.primary_key}
        names = [column.name for column in table.columns]
        matches = [table.c[name] == bindparam(f"new_{name}") for name in keys]
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name not in keys}
        session.execute(update(table).where(*matches).values(new), changed)
