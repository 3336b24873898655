"""Serves the pages with waitress, in a thread of their own."""

import socket
import threading

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from coldchain_app.errors import AddressRefused

_LONGEST_STOP_S = 5.0


class WebServer:
    """Listens from construction on, serves from `start` on. `port` is the one really taken.

    Raises `AddressRefused` where it cannot listen.
    """

    def __init__(self, pages: Flask, *, host: str, port: int, threads: int = 4) -> None:
        try:
            self._server = create_server(pages, host=host, port=port, threads=threads, ident="coldchain")
        except OSError as error:
            raise AddressRefused(
                f"the pages cannot listen on {host}:{port} ({error.strerror or error}); is another server running? "
                "Choose another [web] port"
            ) from error
        self.host, self.port = host, int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being answered, then end; a browser that only keeps its connection open is not waited for."""
        self._server.task_dispatcher.shutdown()
        if not self._thread.is_alive():
            self._close()
            return
        # Sockets are closed by the thread that waits on them: closed from here, its `select` would fail.
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(_LONGEST_STOP_S)

    def _close(self) -> None:
        wasyncore.close_all(self._server._map)


def free_port(host: str, usual: int) -> int:
    """Return `usual` where nothing listens on it, else any free port."""
    for port in (usual, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise OSError(f"no free port on {host}")
