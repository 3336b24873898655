"""The store in InfluxDB: one code path for 1.x, 2.x and 3.x."""

from collections.abc import Iterable, Sequence

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_server.errors import StoreRefused
from coldchain_server.store.acceptance import sorted_out
from coldchain_server.store.curves import Cut
from coldchain_server.store.influxdb import queries
from coldchain_server.store.influxdb.answers import (
    BucketMissing,
    Place,
    error_of,
    error_of_query,
    is_about_points,
    refused_batch,
)
from coldchain_server.store.influxdb.creation import create
from coldchain_server.store.influxdb.line_protocol import lines
from coldchain_server.store.influxdb.transport import Transport
from coldchain_server.store.protocol import Bucket, Point, Refusal
from coldchain_server.store.settings import StoreSettings


class InfluxdbStore:
    """Keeps readings in one database (1.x, 3.x) or bucket (2.x), in the measurement `readings`.

    `write` returns when the server has: with 1.x and 2.x after its write-ahead log is synced, with 3.x after it is
    flushed to the object store.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._place = Place(settings.url, settings.bucket)
        self._transport = Transport(settings)

    def prepare(self) -> None:
        try:
            self._asked(queries.exists())
        except BucketMissing as error:
            create(self._transport, self._settings, reason=error.reason)
            self._asked(queries.exists())

    def write(self, points: Sequence[Point]) -> list[Refusal]:
        good, refusals = sorted_out(points)
        refused = self._written(good) if good else []
        # Words we do not know may blame the request and not the points: then no point would ever be taken.
        if refused and len(refused) == len(good) and not all(is_about_points(refusal.reason) for refusal in refused):
            raise StoreRefused(f"{self._place} takes no point: {refused[0].reason}; see [store] and InfluxDB's log")
        return refusals + refused

    def points(self, probe: ProbeUrn, start_ms: int, end_ms: int, limit: int = 100_000) -> list[Point]:
        return queries.read_points(self._asked(queries.points(probe, start_ms, end_ms, limit)))

    def curve(self, probe: ProbeUrn, start_ms: int, end_ms: int, buckets: int) -> list[Bucket]:
        cut = Cut(start_ms, end_ms, buckets)
        return [] if cut.is_empty else queries.read_curve(self._asked(queries.curve(probe, cut)), cut)

    def latest(self, probes: Iterable[ProbeUrn]) -> dict[ProbeUrn, Point]:
        found = (queries.read_points(self._asked(query)) for query in queries.newest(probes))
        return {point.reading.probe: point for points in found for point in points}

    def probes(self) -> list[ProbeUrn]:
        return queries.read_probes(self._asked(queries.probes()))

    def close(self) -> None:
        self._transport.close()

    def _written(self, points: Sequence[Point]) -> list[Refusal]:
        """Write; where the server refuses, halve until the bad points stand alone: it never names them all."""
        answer = self._transport.post_lines("/write", {"db": self._settings.bucket, "precision": "ms"}, lines(points))
        if answer.status == 204:
            return []
        reason = refused_batch(answer)
        if reason is None:
            raise error_of(answer, self._place)
        if len(points) == 1:
            return [Refusal(points[0], reason)]
        middle = len(points) // 2
        return self._written(points[:middle]) + self._written(points[middle:])

    def _asked(self, query: str) -> list[queries.Series]:
        asked = {"db": self._settings.bucket, "epoch": "ms", "q": query}
        answer = self._transport.get("/query", asked)
        if answer.status != 200:
            raise error_of(answer, self._place)
        try:
            (statement,) = msgspec.convert(answer.data, queries.Results).results
        except msgspec.ValidationError as error:
            raise StoreRefused(f"what answers as {self._place} is not InfluxDB ({error}); see [store] url") from error
        if statement.error:
            raise error_of_query(statement.error, self._place)
        if statement.partial:
            raise StoreRefused(f"{self._place} cut an answer short; set max-row-limit = 0 in its settings")
        return statement.series
