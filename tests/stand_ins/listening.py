"""A stand-in that listens on loopback, from construction on, in a thread of its own."""

import threading
from http.server import ThreadingHTTPServer

from stand_ins.http import Asked, Reply, handler_of


class Listening:
    """What it replies is up to who is derived from it; everything it was asked is kept."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self._kept))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def replied(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _kept(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.replied(asked)
