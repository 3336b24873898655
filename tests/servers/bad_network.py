"""A network of a test's own: a device's side and a server's, and a path between them that loses, delays or swallows."""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

DEVICE, SERVER = "10.77.0.2", "10.77.0.1"
"""The device's address, and the one under which it finds the server."""

_CLONE_NEWNET = 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_LARGEST_PACKET = 65_536
_LOOK_EVERY_S = 0.05
_LIBC = ctypes.CDLL(None, use_errno=True)


class NotPermitted(Exception):
    """This machine does not let a test have a network of its own; the text says what was refused."""


class Namespace:
    """A network namespace that holds one TUN device with `address`; whoever makes it stays where they were."""

    def __init__(self, address: str) -> None:
        with ExitStack() as undo, _coming_back():
            _call("unshare", _CLONE_NEWNET)
            self._handle = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            undo.callback(os.close, self._handle)
            self.tun = _open_tun(address)
            undo.pop_all()

    def enter(self) -> None:
        """Move the calling thread in; as `preexec_fn`, a process that is begun there."""
        _call("setns", self._handle, _CLONE_NEWNET)

    def socket(self) -> socket.socket:
        """Return a TCP socket that belongs to the namespace, wherever it is used."""
        with _coming_back():
            self.enter()
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    def close(self) -> None:
        os.close(self.tun)
        os.close(self._handle)


class BadNetwork:
    """Carries IP packets between a device's namespace and `SERVER`, where `port` of this machine's loopback answers.

    Each packet is lost with the probability `loss` and takes `delay_s` one way. While `swallowing`, all are lost and
    neither side hears of it: a connection is then half open. Raises `NotPermitted` where namespaces or TUN are refused.
    """

    def __init__(self, port: int, *, loss: float = 0.0, delay_s: float = 0.0, chance: random.Random) -> None:
        self.port, self.loss, self.delay_s, self.swallowing = port, loss, delay_s, False
        self.bytes_up = self.bytes_down = self.packets_lost = 0
        self._chance, self._stopping = chance, threading.Event()
        with ExitStack() as opened:
            self.device = opened.enter_context(_closing(DEVICE))
            self._server = opened.enter_context(_closing(SERVER))
            self._listening = opened.enter_context(self._server.socket())
            self._listening.bind((SERVER, port))
            self._listening.listen()
            self._opened = opened.pop_all()
        self._threads = [
            threading.Thread(target=work, daemon=True, name=work.__name__) for work in (self._carry, self._answer)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._opened.close()

    def _carry(self) -> None:
        """Take packets from either TUN and put them into the other when their time has come."""
        beyond = {self.device.tun: self._server.tun, self._server.tun: self.device.tun}
        under_way: list[tuple[float, int, int, bytes]] = []
        order = itertools.count()  # packets due at the same moment stay in order
        while not self._stopping.is_set():
            wait = min(_LOOK_EVERY_S, max(0.0, under_way[0][0] - time.monotonic())) if under_way else _LOOK_EVERY_S
            for tun in select.select(list(beyond), [], [], wait)[0]:
                packet = os.read(tun, _LARGEST_PACKET)
                if self._lost():
                    self.packets_lost += 1
                    continue
                heapq.heappush(under_way, (time.monotonic() + self.delay_s, next(order), beyond[tun], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, tun, packet = heapq.heappop(under_way)
                self._count(tun, packet)
                os.write(tun, packet)

    def _lost(self) -> bool:
        return self.swallowing or self._chance.random() < self.loss

    def _count(self, into: int, packet: bytes) -> None:
        if into == self.device.tun:
            self.bytes_down += len(packet)
        else:
            self.bytes_up += len(packet)

    def _answer(self) -> None:
        """Join every connection made to `SERVER` with one to this machine's loopback."""
        self._listening.settimeout(_LOOK_EVERY_S)
        with ExitStack() as joined:
            while not self._stopping.is_set():
                try:
                    near = joined.enter_context(self._listening.accept()[0])
                    far = joined.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=5))
                except OSError:  # nobody came, or the broker is away
                    continue
                for source, sink in ((near, far), (far, near)):
                    pump = threading.Thread(target=self._pump, args=(source, sink), daemon=True)
                    pump.start()
                    joined.callback(pump.join)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        source.settimeout(_LOOK_EVERY_S)
        while not self._stopping.is_set():
            try:
                data = source.recv(_LARGEST_PACKET)
                if not data:
                    break
                sink.sendall(data)
            except TimeoutError:
                continue
            except OSError:
                break
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def _closing(address: str) -> Iterator[Namespace]:
    namespace = Namespace(address)
    try:
        yield namespace
    finally:
        namespace.close()


@contextmanager
def _coming_back() -> Iterator[None]:
    """Bring the calling thread back to the network namespace it is in now."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        yield
    finally:
        _call("setns", home, _CLONE_NEWNET)
        os.close(home)


def _call(name: str, *arguments: int) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        raise NotPermitted(f"{name}: {os.strerror(ctypes.get_errno())}")


def _open_tun(address: str) -> int:
    """Return a TUN device of the calling thread's namespace, up, with `address` in a network of four."""
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR)
    except OSError as error:
        raise NotPermitted(f"/dev/net/tun: {error.strerror}") from error
    try:
        fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"path0", _IFF_TUN | _IFF_NO_PI))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, _SIOCSIFADDR, _address_request(address))
            fcntl.ioctl(control, _SIOCSIFNETMASK, _address_request("255.255.255.252"))
            for name in (b"path0", b"lo"):  # programs speak to themselves over the loopback too
                fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH22x", name, _IFF_UP | _IFF_RUNNING))
    except OSError as error:
        os.close(tun)
        raise NotPermitted(f"a TUN device: {error.strerror}") from error
    return tun


def _address_request(address: str) -> bytes:
    return struct.pack("16sH2x4s16x", b"path0", socket.AF_INET, socket.inet_aton(address))
