"""A front that lets clients of InfluxDB 3 write into an older one: whichever path they take becomes /write."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, urlencode, urlsplit

_PRECISIONS = {"nanosecond": "ns", "microsecond": "u", "millisecond": "ms", "second": "s", "us": "u"}
_ANSWER_S = 10


class Influxdb3Front(ThreadingHTTPServer):
    """Listens on loopback from construction on; an InfluxDB that is away is a 503."""

    daemon_threads = True

    def __init__(self, influxdb_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Write)
        self.influxdb_port, self.port = influxdb_port, int(self.server_address[1])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Let clients go that were killed."""

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Write(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        front = cast("Influxdb3Front", self.server)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        precision = asked.get("precision", "ns")
        # /api/v3/write_lp names a db; the client of today still takes /api/v2/write, which names a bucket.
        to = urlencode(
            {
                "db": asked.get("db") or asked["bucket"],
                "precision": _PRECISIONS.get(precision, precision),
            }
        )
        influxdb = http.client.HTTPConnection("127.0.0.1", front.influxdb_port, timeout=_ANSWER_S)
        try:
            influxdb.request("POST", f"/write?{to}", body)
            answer = influxdb.getresponse()
            self._answer(answer.status, answer.read())
        except OSError:
            self._answer(503, b"")
        finally:
            influxdb.close()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of requests."""
