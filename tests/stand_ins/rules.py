"""What both generations of stand-in share: the state they keep and the form of what they are asked."""

import base64

import msgspec

from stand_ins.http import Asked, Refused
from stand_ins.influxql import Table

_UNITS_NS = {"ns": 1, "u": 1_000, "ms": 1_000_000, "s": 1_000_000_000}


class Rules(msgspec.Struct, kw_only=True):
    """What a server holds and allows. `token` opens it; `may_*` and `retention_ms` say what it lets that token do.

    `mapped` False is 2.0 to 2.3, where a bucket has no DBRP mapping of its own: dbrp/service.go has none before 2.4.
    """

    token: str
    org: str = "milk"
    mapped: bool = True
    may_create: bool = True
    may_write: bool = True
    retention_ms: int | None = None
    tables: dict[str, Table] = {}


def the_query(asked: Asked) -> str:
    """Return the statement; bound `params` are refused: InfluxDB 3 does not support them (its issue 24805)."""
    if "params" in asked.query or not asked.query.get("q") or asked.query.get("epoch") != "ms":
        raise Refused(400, "the stand-in takes q and epoch=ms, and no params")
    return asked.query["q"]


def unit_ns(asked: Asked) -> int:
    precision = asked.query.get("precision", "ns")
    if precision not in _UNITS_NS:
        raise Refused(400, {"code": "invalid", "message": f"invalid precision {precision!r}"})
    return _UNITS_NS[precision]


def password(credentials: str) -> str | None:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return None
