"""What InfluxDB's answers mean: pure, from status and words to an error that says what to do."""

import re
from collections.abc import Callable

import msgspec

from coldchain_server.errors import ServerError, StoreRefused, StoreUnavailable
from coldchain_server.store.influxdb.transport import Answer

_ABOUT_POINTS = re.compile(
    r"partial write|field type conflict|unable to parse|line protocol|(beyond|outside) retention"
    r"|time outside range|invalid column type|write_lp"
)
_LIMIT = re.compile(r"limit exceeded|would exceed", re.IGNORECASE)
_TOO_WIDE = re.compile(r"file limit", re.IGNORECASE)
_MISSING = re.compile(r"database not found|dbrp mapping|retention policy not (set|found)", re.IGNORECASE)
_PASSING = re.compile(r"timeout|timed out|interrupted|max-concurrent-queries|shutting down|is closed", re.IGNORECASE)


class BucketMissing(StoreRefused):
    """The database, bucket or mapping is not there; `reason` is the server's words."""

    def __init__(self, place: "Place", reason: str) -> None:
        name = place.bucket
        super().__init__(
            f'{place}: {reason}; create it. 1.x: CREATE DATABASE "{name}" as an administrator. 2.x: influx bucket '
            f"create -n {name}, and before 2.4 also influx v1 dbrp create --db {name} --rp autogen --default "
            f"--bucket-id ID. 3.x: influxdb3 create database {name}"
        )
        self.reason = reason


class Place(msgspec.Struct, frozen=True):
    """Which server and bucket an error is about."""

    url: str
    bucket: str

    def __str__(self) -> str:
        return f"InfluxDB at {self.url}, bucket {self.bucket!r}"


def refused_batch(answer: Answer) -> str | None:
    """Return why a batch was refused, if its points may be at fault; None where halving it would not help."""
    if answer.status in (400, 413, 422) and not _LIMIT.search(answer.reason):
        return answer.reason
    # The legacy /write of 2.x before 2.1 wraps a partial write in a 500.
    return answer.reason if answer.status == 500 and is_about_points(answer.reason) else None


def is_about_points(reason: str) -> bool:
    """Tell whether these words blame points, rather than the request or the server."""
    return bool(_ABOUT_POINTS.search(reason))


def error_of(answer: Answer, place: Place) -> ServerError:
    """Return the error for an answer whose status is no success."""
    if answer.status == 404:
        return BucketMissing(place, answer.reason)
    said = f"{place}: {answer.reason}"
    for applies, error, remedy in _MEANINGS:
        if applies(answer):
            return error(f"{said}{remedy.format(bucket=place.bucket)}")
    return StoreRefused(f"{said} (status {answer.status}); see [store] url, and whether a proxy stands before it")


def error_of_query(reason: str, place: Place) -> ServerError:
    """Return the error for a query that was answered with status 200 and an error inside."""
    if _MISSING.search(reason):
        return BucketMissing(place, reason)
    if _PASSING.search(reason):
        return StoreUnavailable(f"{place}: {reason}")
    return StoreRefused(f"{place}: {reason}; see InfluxDB's log")


_Meaning = tuple[Callable[[Answer], object], type[ServerError], str]
_MEANINGS: tuple[_Meaning, ...] = (
    (lambda answer: answer.status == 401, StoreRefused, "; the secret is wrong: see [store] username and token"),
    (lambda answer: answer.status == 403, StoreRefused, "; grant this user or token read and write on {bucket!r}"),
    (
        lambda answer: _TOO_WIDE.search(answer.reason),
        StoreRefused,
        "; raise --query-file-limit of InfluxDB 3, or use InfluxDB 1 or 2 for long spans",
    ),
    (lambda answer: _LIMIT.search(answer.reason), StoreRefused, "; raise this limit in InfluxDB's settings"),
    (lambda answer: answer.status in (408, 429) or answer.status >= 500, StoreUnavailable, ""),
)
