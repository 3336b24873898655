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
        # Bound here, because waitress leaves sockets open where it cannot bind.
        listening = _bound(host, port)
        self.host, self.port = host, int(listening.getsockname()[1])
        self._server = create_server(pages, sockets=[listening], threads=threads, ident="coldchain")
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


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; `AddressRefused` where that cannot be."""
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        if listening is not None:
            listening.close()
        raise AddressRefused(
            f"the pages cannot listen on {host}:{port} ({error.strerror or error}); is another server running? "
            "Choose another [web] port"
        ) from error
    return listening


def free_port(host: str, usual: int) -> int:
    """Return `usual` where nothing listens on it, else any free port; `AddressRefused` where there is none."""
    try:
        listening = _bound(host, usual)
    except AddressRefused:
        listening = _bound(host, 0)
    with listening:
        return int(listening.getsockname()[1])
