"""Files of loggers as formats of the import: found by serial number or unit, and every reading with an identity."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from coldchain_contract.clock import utc
from coldchain_contract.pack import Pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import BadEntry
from coldchain_server.fleet.model import Fleet, Placement
from coldchain_server.fleet.source import Source, SourceKind
from coldchain_server.importing.format import ImportContext
from coldchain_server.ingest.foreign import reading_of
from coldchain_server.ingest.reception import FUTURE_MS, Received
from coldchain_server.sources import fridge_tag, logtag
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.identity import outbox_of
from coldchain_server.sources.loggers import LoggerFile
from coldchain_server.sources.times import local_instant
from coldchain_server.spool.model import Accepted, Quarantined, Reason, quarantined

LARGEST_BYTES = 16 * 1024 * 1024
"""More than any logger's memory makes; what is larger is another file."""

_READINGS_A_PACK = 500


class LoggerFormat(msgspec.Struct, frozen=True, kw_only=True):
    """One maker's export. It is read as a whole: its lines lean on each other, and it is bounded."""

    name: str
    recognises: Callable[[bytes], bool]
    understood: Callable[[bytes], LoggerFile]

    def read(self, stream: BinaryIO, context: ImportContext) -> Iterator[Received]:
        content = stream.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise BadEntry(f"it is over {LARGEST_BYTES // 1024 // 1024} MiB, more than any logger holds")
        try:
            file = self.understood(content)
        except NotUnderstood as error:
            raise BadEntry(str(error)) from error
        source, placement = _source_of(file, context)
        yield from _Taking(source=source, placement=placement, context=context).parts(file)


FRIDGE_TAG = LoggerFormat(
    name="Fridge-tag export (text)", recognises=fridge_tag.recognises, understood=fridge_tag.read_fridge_tag
)
LOGTAG = LoggerFormat(name="LogTag export (CSV)", recognises=logtag.recognises, understood=logtag.read_logtag)


def _source_of(file: LoggerFile, context: ImportContext) -> tuple[Source, Placement]:
    """Return whose file this is, by its serial number or the unit that was named; `BadEntry` where neither tells."""
    fleet = context.known.fleet
    loggers = [source for source in fleet.sources.values() if source.kind is SourceKind.LOGGER]
    by_serial = [source for source in loggers if source.serial and source.serial == file.serial]
    anonymous = [source for source in loggers if not source.serial and context.unit is not None]
    for source in by_serial or anonymous:
        if (placement := _placement(fleet, source, context)) is not None:
            return source, placement
    unit = f" in unit {context.unit}" if context.unit else ""
    known = ", ".join(f"{source.id} ({source.serial or 'any'})" for source in loggers) or "none"
    remedy = "" if context.unit else "; name its unit with --unit, if the fleet file gives its logger no serial"
    raise BadEntry(
        f"no logger{unit} has the serial number {file.serial or '(none)'}; the fleet file's: {known}{remedy}"
    )


def _placement(fleet: Fleet, source: Source, context: ImportContext) -> Placement | None:
    placements = (place for place in fleet.placements if place.device == source.id)
    return next((place for place in placements if context.unit in (None, place.unit)), None)


class _Taking(msgspec.Struct, frozen=True, kw_only=True):
    """Takes in one file of one logger."""

    source: Source
    placement: Placement
    context: ImportContext

    def parts(self, file: LoggerFile) -> Iterator[Received]:
        good, bad = self._sorted(file)
        for start in range(0, len(good), _READINGS_A_PACK):
            yield Received(items=(self._accepted(good[start : start + _READINGS_A_PACK]),))
        for reason, told in bad.items():
            yield Received(items=(self._refused(told, reason),))
        if file.unread:
            text = "\n".join(file.unread)
            yield Received(items=(self._quarantined(text, Reason.MESSAGE, detail=f"{len(file.unread)} lines"),))

    def _sorted(self, file: LoggerFile) -> tuple[list[tuple[int, Reading]], dict[Reason, dict[int, str]]]:
        """Return the readings with their numbers, ascending, and by reason what cannot be taken in."""
        good: dict[int, Reading] = {}
        bad: dict[Reason, dict[int, str]] = defaultdict(dict)
        for told in file.readings:
            at_ms = local_instant(told.at, self.source.zone)
            number = at_ms + told.rank
            reading = reading_of(self.placement.probe, told.celsius, at_ms=at_ms, fleet=self.context.known.fleet)
            if at_ms > self.context.now_ms + FUTURE_MS:
                bad[Reason.FUTURE][number] = f"{told.at} {told.celsius}"
            elif reading is None:
                bad[Reason.UNKNOWN_PROBE][number] = f"{told.at} {told.celsius}"
            else:
                good.setdefault(number, reading)
        return sorted(good.items()), bad

    def _accepted(self, numbered: list[tuple[int, Reading]]) -> Accepted:
        pack = Pack(
            outbox=outbox_of(self.source.id, self.placement.probe),
            sequences=Sequences.of(number for number, _ in numbered),
            readings=tuple(reading for _, reading in numbered),
        )
        now_ms = self.context.now_ms
        return Accepted(site=self.source.site, device=self.source.id, live=False, received_ms=now_ms, pack=pack)

    def _refused(self, told: dict[int, str], reason: Reason) -> Quarantined:
        first = utc(min(told))
        why = "dated after now" if reason is Reason.FUTURE else "when the logger was in no unit"
        detail = f"{len(told)} readings {why}, the first at {first:%Y-%m-%d %H:%M} UTC"
        return self._quarantined("\n".join(told.values()), reason, detail=detail, sequences=Sequences.of(told))

    def _quarantined(
        self, text: str, reason: Reason, *, detail: str, sequences: Sequences | None = None
    ) -> Quarantined:
        return quarantined(
            text.encode(),
            reason,
            topic=f"import/{self.context.file}",
            device=self.source.id,
            detail=detail,
            received_ms=self.context.now_ms,
            outbox=outbox_of(self.source.id, self.placement.probe) if sequences else None,
            sequences=sequences or Sequences(),
        )
