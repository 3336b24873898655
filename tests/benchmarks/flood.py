"""`python -m benchmarks.flood PORT`: publish the packets on standard input as fast as a broker takes them.

No MQTT client: the packets are made beforehand, so that the core a client would take is left to what is measured.
"""

import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_HOST = "127.0.0.1"
_TESTS = Path(__file__).parents[1]
_CONNECT = bytes.fromhex("100e00044d5154540402000000026631")  # 3.1.1, clean session, no keepalive, client id "f1"
_CONNACK = bytes.fromhex("20020000")
_PUBLISH, _PUBACK_BYTES, _MOST_IDS = 0x32, 4, 65_535
_SILENT_S, _CHUNK = 30.0, 1 << 16


def packets(messages: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield each message, a topic and a payload, as a PUBLISH of QoS 1."""
    for number, (topic, payload) in enumerate(messages):
        name = topic.encode()
        body = struct.pack(f"!H{len(name)}sH", len(name), name, number % _MOST_IDS + 1) + payload
        yield bytes([_PUBLISH]) + _length(len(body)) + body


@contextmanager
def flooded(broker_port: int, published: bytes, *, count: int) -> Iterator[None]:
    """Publish `count` packets from a process of its own meanwhile; afterwards the broker has taken all of them."""
    command = [sys.executable, "-m", "benchmarks.flood", str(broker_port), str(count)]
    with subprocess.Popen(command, cwd=_TESTS, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(published)
        process.stdin.close()
        yield
    if process.returncode:
        raise RuntimeError(f"the broker did not take the {count} messages that were published")


def publish(broker_port: int, published: bytes, *, count: int) -> bool:
    """Send all, reading acknowledgements meanwhile; True once there are `count` of them."""
    with socket.create_connection((_HOST, broker_port)) as broker:
        broker.sendall(_CONNECT)
        if broker.recv(len(_CONNACK), socket.MSG_WAITALL) != _CONNACK:
            return False
        broker.setblocking(False)
        unsent, awaited = memoryview(published), count * _PUBACK_BYTES
        while awaited > 0:
            readable, writable, _ = select.select([broker], [broker] if unsent else [], [], _SILENT_S)
            if not readable and not writable:
                return False
            if readable:
                heard = len(broker.recv(_CHUNK))
                if not heard:
                    return False
                awaited -= heard
            if writable:
                unsent = unsent[broker.send(unsent[:_CHUNK]) :]
    return True


def _length(size: int) -> bytes:
    """Return MQTT's variable-length number."""
    digits = bytearray()
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | (128 if size else 0))
        if not size:
            return bytes(digits)


if __name__ == "__main__":
    sys.exit(not publish(int(sys.argv[1]), sys.stdin.buffer.read(), count=int(sys.argv[2])))
