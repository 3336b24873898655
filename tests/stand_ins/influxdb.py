"""A stand-in for a generation of InfluxDB that cannot be run here, on loopback, demanding what it demands."""

import enum
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Self

from stand_ins import influxdb2, influxdb3
from stand_ins.http import Asked, Refused, Reply, handler_of
from stand_ins.rules import Rules


class Version(enum.Enum):
    """Which generation is stood in for, as it names itself at /ping."""

    V2 = influxdb2.VERSION
    V3 = influxdb3.VERSION


class StandIn:
    """One server while the `with` lasts; `asked` is every request it got."""

    def __init__(self, version: Version, rules: Rules) -> None:
        self.rules = rules
        self.asked: list[Asked] = []
        self._replied: Callable[[Rules, Asked], Reply]
        self._replied = influxdb2.replied if version is Version.V2 else influxdb3.replied
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self._reply))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def always(self, reply: Reply) -> None:
        """Give this reply from now on, whatever is asked."""

        def replied(rules: Rules, asked: Asked) -> Reply:
            return reply

        self._replied = replied

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            try:
                return self._replied(self.rules, asked)
            except Refused as refused:
                return refused.reply


@contextmanager
def answering(reply: Reply) -> Iterator[str]:
    """Serve `reply` to whatever is asked, and yield the address: a proxy, an ill server, another kind of server."""
    with StandIn(Version.V3, Rules(token="")) as server:
        server.always(reply)
        yield server.url
