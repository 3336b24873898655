"""InfluxDB 3 as far as /write, /query and creating a database go: what it demands, refuses and answers.

It cannot be run here. Every behaviour names the source it was read in, in influxdata/influxdb on the main branch of 3
(3.10), under influxdb3_server/src where nothing else is said.
"""

import json
import time
from collections.abc import Callable

from stand_ins.http import Asked, Refused, Reply
from stand_ins.influxql import NotInfluxql, Table, answer, parse
from stand_ins.line_protocol import BadLine, read_lines
from stand_ins.rules import Rules, password, the_query, unit_ns

VERSION = "3.10.0"


def replied(server: Rules, asked: Asked) -> Reply:
    _let_in(server, asked)  # also to /ping, unless --disable-authz names it
    route = _ROUTES.get((asked.method, asked.path))
    if route is None:
        raise Refused(404, "not found")
    return route(server, asked)


def _let_in(server: Rules, asked: Asked) -> None:
    scheme, _, credentials = asked.headers.get("authorization", "").partition(" ")
    # http.rs authenticate_request: Bearer, Token and Basic, of which the user name is ignored
    known = {"Bearer": credentials, "Token": credentials, "Basic": password(credentials)}
    if known.get(scheme) != server.token:
        raise Refused(401, "the request was not authenticated")


def _ping(server: Rules, asked: Asked) -> Reply:
    told = {"X-Influxdb-Build": "Core", "X-Influxdb-Version": VERSION}  # http.rs ping
    return Reply(status=200, body={"version": VERSION}, headers=told)


def _written(server: Rules, asked: Asked) -> Reply:
    if not asked.query.get("db"):  # http.rs MissingWriteParams
        raise Refused(400, "missing query parameter 'db'")
    if not server.may_write:
        raise Refused(403, "requestor is forbidden from requested resource")
    if not asked.body.strip():  # http.rs WriteBufferError::EmptyWrite
        raise Refused(400, "the line protocol was empty")
    # http.rs write_lp_inner: the database is created; retention is applied when reading, nothing is refused for its age
    table = server.tables.setdefault(asked.query["db"], Table())
    bad = [
        {"original_line": raw.decode(), "line_number": number, "error_message": problem}
        for number, raw in enumerate(asked.body.split(b"\n"), start=1)
        if (problem := _stored(table, raw, unit=unit_ns(asked)))
    ]
    if bad:  # http.rs Error::PartialLpWrite; accept_partial is true by default, so the good lines are stored
        raise Refused(400, {"error": "partial write of line protocol occurred", "data": bad})
    return Reply(status=204)


def _stored(table: Table, raw: bytes, *, unit: int) -> str | None:
    try:
        lines = list(read_lines(raw, unit_ns=unit))
    except BadLine as error:
        return str(error)
    for line in lines:
        conflict = table.conflict(line)
        if conflict:  # influxdb3_write/src/write_buffer/validator.rs: a table has one type a column
            field, known = conflict
            return (
                f"invalid column type for column '{field.key}', expected iox::column_type::field::{known}, "
                f"got iox::column_type::field::{field.kind}"
            )
        table.put(line, time.time_ns() if line.at_ns is None else line.at_ns)
    return None


def _queried(server: Rules, asked: Asked) -> Reply:
    accepted = asked.headers.get("accept", "*/*")
    if accepted not in ("application/json", "*/*"):  # http/v1.rs QueryFormat::from_request
        raise Refused(500, f"invalid mime type ({accepted})")
    query = the_query(asked)
    if ";" in query:  # http.rs Error::InfluxqlSingleStatement
        raise Refused(500, "must provide only one InfluxQl statement per query")
    table = server.tables.get(asked.query.get("db", ""))
    if table is None:  # http.rs QueryExecutorError::DatabaseNotFound
        raise Refused(404, {"error": f"query error: database not found: {asked.query.get('db')}", "data": None})
    try:
        series = answer(parse(query), table)
    except NotInfluxql as error:
        raise Refused(500, str(error)) from error
    # http/v1.rs StatementResponse: series is there even when empty; tags since influxdata/influxdb#25845
    return Reply(status=200, body={"results": [{"statement_id": 0, "series": series}]})


def _created(server: Rules, asked: Asked) -> Reply:
    if asked.headers.get("content-type") != "application/json":  # http.rs read_body_json
        raise Refused(415, "unacceptable content-type, expected: application/json")
    if not server.may_create:
        raise Refused(403, "requestor is forbidden from requested resource")
    name = json.loads(asked.body)["db"]
    if name in server.tables:  # http.rs CatalogError::AlreadyExists
        raise Refused(409, "attempted to create a resource that already exists")
    server.tables[name] = Table()
    return Reply(status=200)


_ROUTES: dict[tuple[str, str], Callable[[Rules, Asked], Reply]] = {
    ("GET", "/ping"): _ping,
    ("POST", "/write"): _written,
    ("GET", "/query"): _queried,
    ("POST", "/api/v3/configure/database"): _created,
}
