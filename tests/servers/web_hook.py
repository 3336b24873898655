"""A small HTTP server that keeps the JSON it is posted, and answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


class WebHook(ThreadingHTTPServer):
    """Listens on loopback from construction on; `posts` are (path, body), oldest first, refused ones too."""

    daemon_threads = True
    request_queue_size = 128  # of more than the usual five at once the kernel drops some, until a second later

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.refused_paths: set[str] = set()
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def url(self, path: str = "") -> str:
        """Return the Apprise address of this server."""
        return f"json://user:dear-secret@127.0.0.1:{self.port}/{path}"

    def texts(self) -> list[str]:
        """Return the messages it was posted."""
        return [str(body["message"]) for _, body in self.posts]

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("WebHook", self.server)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.posts.append((self.path.strip("/"), body))
        status = 503 if self.path.strip("/") in server.refused_paths else server.status
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output quiet."""
