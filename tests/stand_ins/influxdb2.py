"""InfluxDB 2 as far as /write, /query and creating a bucket go: what it demands, refuses and answers.

It cannot be run here. Every behaviour names the source it was read in, in influxdata/influxdb at v2.7.12.
"""

import json
import time
from collections.abc import Callable

from stand_ins.http import Asked, Refused, Reply
from stand_ins.influxql import NotInfluxql, Table, answer, parse
from stand_ins.line_protocol import BadLine, Line, read_lines
from stand_ins.rules import Rules, password, the_query, unit_ns

VERSION = "v2.7.12"

_ORG_ID = "0000000000000001"


def replied(server: Rules, asked: Asked) -> Reply:
    if asked.path == "/ping":  # http/legacy/ping_handler.go: 204, and no authentication
        return Reply(status=204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": VERSION})
    route = _ROUTES.get((asked.method, asked.path))
    if route is None:
        raise Refused(404, {"code": "not found", "message": "path not found"})
    _let_in(server, asked, legacy=not asked.path.startswith("/api/v2/"))
    return route(server, asked)


def _let_in(server: Rules, asked: Asked, *, legacy: bool) -> None:
    scheme, _, credentials = asked.headers.get("authorization", "").partition(" ")
    # http/legacy/influx1x_authentication_handler.go takes Token and Basic (password = token), and no Bearer;
    # http/authentication_middleware.go takes Token and Bearer for /api/v2.
    known = {"Token": credentials} | ({"Basic": password(credentials)} if legacy else {"Bearer": credentials})
    if known.get(scheme) != server.token:
        raise Refused(401, {"code": "unauthorized", "message": "unauthorized access"})


def _written(server: Rules, asked: Asked) -> Reply:
    # http/legacy/write_handler.go: decodeWriteRequest, findMapping, checkBucketWritePermissions, Parse, WritePoints
    if not asked.query.get("db"):
        raise Refused(400, {"code": "invalid", "message": "missing db"})
    table = server.tables.get(asked.query["db"]) if server.mapped else None
    if table is None:
        raise Refused(404, {"code": "not found", "message": "no dbrp mapping found"})
    if not server.may_write:
        raise Refused(403, {"code": "forbidden", "message": "insufficient permissions for write"})
    try:
        lines = list(read_lines(asked.body, unit_ns=unit_ns(asked)))
    except BadLine as error:  # http/points/points_parser.go: the batch is refused whole
        raise Refused(400, {"code": "invalid", "message": f"unable to parse: {error}"}) from error
    if not lines:
        raise Refused(400, {"code": "invalid", "message": "writing requires points"})
    problems = [problem for line in lines if (problem := _stored(server, table, line))]
    if problems:  # write_handler.go: tsdb.PartialWriteError is a 422; what was good is stored
        message = f"failure writing points to database: partial write: {problems[0]} dropped={len(problems)}"
        raise Refused(422, {"code": "unprocessable entity", "message": message})
    return Reply(status=204)


def _stored(server: Rules, table: Table, line: Line) -> str | None:
    at_ns = time.time_ns() if line.at_ns is None else line.at_ns
    if server.retention_ms is not None and at_ns < time.time_ns() - server.retention_ms * 1_000_000:
        # v1/coordinator/points_writer.go
        return f"dropped 1 points outside retention policy of duration {server.retention_ms}ms"
    conflict = table.conflict(line)
    if conflict:  # tsdb/shard.go validateSeriesAndFields
        field, known = conflict
        return (
            f'field type conflict: input field "{field.key}" on measurement "{line.measurement}" is type {field.kind}, '
            f"already exists as type {known}"
        )
    table.put(line, at_ns)
    return None


def _queried(server: Rules, asked: Asked) -> Reply:
    table = server.tables.get(asked.query.get("db", "")) if server.mapped else None
    if table is None:  # v1/coordinator/statement_executor.go normalizeMeasurement: in the result, status 200
        error = f"database not found: {asked.query.get('db')}"
        return Reply(status=200, body={"results": [{"statement_id": 0, "error": error}]})
    try:
        series = answer(parse(the_query(asked)), table)
    except NotInfluxql as error:
        raise Refused(400, {"code": "invalid", "message": str(error)}) from error
    return Reply(status=200, body={"results": [{"statement_id": 0, **({"series": series} if series else {})}]})


def _org(server: Rules, asked: Asked) -> Reply:
    if asked.query.get("org") != server.org:
        raise Refused(404, {"code": "not found", "message": "organization name not found"})
    return Reply(status=200, body={"orgs": [{"id": _ORG_ID, "name": server.org}]})


def _created(server: Rules, asked: Asked) -> Reply:
    wanted = json.loads(asked.body)
    if not server.may_create:  # authorizer/bucket.go
        message = "write:orgs/1/buckets is unauthorized"
        raise Refused(401, {"code": "unauthorized", "message": message})
    if wanted["name"] in server.tables:  # tenant/error.go BucketAlreadyExistsError, EConflict is a 422
        raise Refused(422, {"code": "conflict", "message": f"bucket with name {wanted['name']} already exists"})
    server.tables[wanted["name"]] = Table()
    return Reply(status=201, body={"id": "0000000000000002", "orgID": _ORG_ID, "retentionRules": [], **wanted})


_ROUTES: dict[tuple[str, str], Callable[[Rules, Asked], Reply]] = {
    ("POST", "/write"): _written,
    ("GET", "/query"): _queried,
    ("GET", "/api/v2/orgs"): _org,
    ("POST", "/api/v2/buckets"): _created,
}
