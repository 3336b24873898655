"""Serves the pages with waitress, in a thread of their own."""

import socket
import threading

from flask import Flask
from waitress.server import create_server

_LONGEST_STOP_S = 5.0


class WebServer:
    """Listens from construction on, serves from `start` on. `port` is the one really taken."""

    def __init__(self, pages: Flask, *, host: str, port: int, threads: int = 4) -> None:
        self._server = create_server(pages, host=host, port=port, threads=threads, ident="coldchain")
        self.host, self.port = host, int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being asked, then end; a browser that only keeps its connection open is not waited for."""
        for channel in list(self._server.active_channels.values()):
            channel.will_close = True
        self._server.pull_trigger()
        self._server.task_dispatcher.shutdown()  # before `close`: a worker still answering would find the trigger gone
        self._server.close()
        if self._thread.ident is not None:
            self._thread.join(_LONGEST_STOP_S)


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
