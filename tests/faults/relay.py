"""A relay before a broker: it can refuse, swallow, slow down, or cut a connection in the middle of a named packet."""

import contextlib
import enum
import selectors
import socket
import threading
from collections.abc import Sequence

import msgspec

_LOOK_EVERY_S = 0.05
_CHUNK = 65_536


class Packet(enum.IntEnum):
    """MQTT control packets, by their number in the first byte (MQTT 3.1.1, table 2.1)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    SUBSCRIBE = 8
    SUBACK = 9


class Place(enum.Enum):
    """Where in a packet the connection is dropped."""

    BEFORE = "before"
    MIDDLE = "in the middle of"
    AFTER = "after"


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Drop the connection at a packet of the client (`up`) or of the broker; the first `passing` get through."""

    packet: Packet
    up: bool
    place: Place
    passing: int = 0

    def __str__(self) -> str:
        return f"{self.place.value} a {self.packet.name} {'to' if self.up else 'from'} the broker"


class Relay:
    """Carries every connection made to `port` to the broker behind it.

    `swallowing`: what either side sends is gone, and nobody hears of it; the connections there are stay half open.
    `refusing`: no connection is taken, those there are end. `cuts` are made one a connection, in order; `made` counts
    them.
    """

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(_LOOK_EVERY_S)
        self.port = int(self._listening.getsockname()[1])
        self.swallowing = self.refusing = False
        self.cuts: list[Cut] = []
        self.made = 0
        self._stopping = threading.Event()
        self._carrying: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        for thread in (self._thread, *self._carrying):
            thread.join()
        self._listening.close()

    def will_cut(self, cuts: Sequence[Cut]) -> None:
        """Make these cuts, each on a connection of its own, from the next one on."""
        self.cuts = list(cuts)

    def drop(self) -> None:
        """End the connections there are."""
        self.refusing = True
        for thread in list(self._carrying):
            thread.join()
        self.refusing = False

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                near = self._listening.accept()[0]
            except TimeoutError:
                continue
            cut = self.cuts.pop(0) if self.cuts and not self.refusing else None
            thread = threading.Thread(target=self._carry, args=(near, cut), daemon=True)
            thread.start()
            self._carrying.append(thread)

    def _carry(self, near: socket.socket, cut: Cut | None) -> None:
        with contextlib.ExitStack() as opened:
            opened.enter_context(near)
            if self.refusing:  # since it was accepted
                self._put_back(cut)
                return
            try:
                far = opened.enter_context(socket.create_connection(("127.0.0.1", self._behind), timeout=5))
            except OSError:  # the broker is away
                self._put_back(cut)
                return
            reached = _shuttle(self, near, far, cut)
            if cut is not None:
                self.made += reached
                if not reached:
                    self._put_back(cut)

    def _put_back(self, cut: Cut | None) -> None:
        """Have a cut that was never reached made on the next connection."""
        if cut is not None:
            self.cuts.insert(0, cut)

    @property
    def over(self) -> bool:
        return self.refusing or self._stopping.is_set()


def _shuttle(relay: Relay, near: socket.socket, far: socket.socket, cut: Cut | None) -> bool:
    """Carry bytes both ways until an end; True where it was the cut that ended it."""
    choices = selectors.DefaultSelector()
    ways = {near: (far, Splitter(), True), far: (near, Splitter(), False)}
    for one in ways:
        choices.register(one, selectors.EVENT_READ)
    passed, half_open = 0, False
    with contextlib.closing(choices), contextlib.suppress(OSError):
        while not relay.over:
            for key, _ in choices.select(_LOOK_EVERY_S):
                sink, splitter, up = ways[key.fileobj]  # type: ignore[index]
                data = key.fileobj.recv(_CHUNK)  # type: ignore[union-attr]
                if not data:
                    return False
                half_open = half_open or relay.swallowing
                if half_open:
                    continue
                if cut is None or cut.up is not up:
                    sink.sendall(data)
                    continue
                for packet in splitter.feed(data):
                    if packet[0] >> 4 != cut.packet or passed < cut.passing:
                        passed += packet[0] >> 4 == cut.packet
                        sink.sendall(packet)
                        continue
                    sink.sendall({Place.BEFORE: b"", Place.MIDDLE: packet[: len(packet) // 2]}.get(cut.place, packet))
                    return True
    return False


class Splitter:
    """Cuts a stream of bytes into whole MQTT packets."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take `data` and return the packets that are whole now."""
        self._rest += data
        packets = []
        while (length := _length(self._rest)) and len(self._rest) >= length:
            packets.append(self._rest[:length])
            self._rest = self._rest[length:]
        return packets


def _length(data: bytes) -> int:
    """Return how long the packet at the beginning of `data` is (MQTT 3.1.1 §2.2.3); 0 where that is not known yet."""
    rest = 0
    for place, byte in enumerate(data[1:5]):
        rest |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return 2 + place + rest
    return 0
