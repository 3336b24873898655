"""The embedded broker: iotcore on loopback. It has no access list, which is why it is for demos only."""

import signal

from iotcore import Broker

from coldchain_app.web import free_port
from coldchain_contract.pack import LARGEST_WIRE_BYTES

_HOST = "127.0.0.1"
_USUAL_PORT = 1883


class EmbeddedBroker:
    """A broker in a child process that ends with this one. Any client on this machine may publish anything."""

    host = _HOST

    def __init__(self) -> None:
        self.port = free_port(_HOST, _USUAL_PORT)
        self._broker = Broker(listen=_HOST, port=self.port, max_payload_size=4 * LARGEST_WIRE_BYTES)

    def start(self) -> None:
        # A terminal sends Ctrl-C to the child too; it inherits this, and lives until everything is drained.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._broker.start()
        finally:
            signal.signal(signal.SIGINT, before)

    def stop(self) -> None:
        self._broker.stop()
