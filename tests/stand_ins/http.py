"""A small HTTP server whose replies are functions of what is asked."""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, its query string read and its body unpacked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A status, a body (text, or what becomes JSON) and headers."""

    status: int
    body: object = None
    headers: Mapping[str, str] = {}


class Refused(Exception):
    """The request ends here with this reply."""

    def __init__(self, status: int, body: object) -> None:
        self.reply = Reply(status=status, body=body)


def handler_of(replied: Callable[[Asked], Reply]) -> type[BaseHTTPRequestHandler]:
    """Return a handler that replies what `replied` returns; a body that is packed is unpacked before."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or every reply waits 40 ms for the client's delayed acknowledgement

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the tests look at what was asked."""

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                reply = replied(self._asked(body))
            except (OSError, EOFError, zlib.error):  # both: a body that says gzip and is none
                reply = Reply(status=400, body="error decoding gzip stream")
            text = b"" if reply.body is None else _encoded(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _asked(self, body: bytes) -> Asked:
            address = urlsplit(self.path)
            given = parse_qs(address.query, strict_parsing=bool(address.query))
            query = {name: values[0] for name, values in given.items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            return Asked(method=self.command, path=address.path, query=query, headers=headers, body=body)

    return Handler


def _encoded(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
