"""A socket that reads and sends much at once, under a client that asks for a few bytes at a time."""

import socket
import ssl

_CHUNK_BYTES = 64 * 1024
_LAST_WORDS_SECONDS = 1.0
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BufferedSocket:
    """What paho-mqtt needs of a socket that does not block; used from one thread.

    paho takes a packet off the socket with three calls and sends each acknowledgement with one. Here those cost a slice
    of memory; the kernel is asked once for many packets. `recv` and `flush` raise what the socket under it raises.
    """

    def __init__(self, under: socket.socket) -> None:
        self._under = under
        self._read, self._position = b"", 0
        self._unsent = bytearray()

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes; empty where the other side has ended the connection."""
        if self._position >= len(self._read):
            self._read, self._position = self._under.recv(_CHUNK_BYTES), 0
        end = self._position + size
        found = self._read[self._position : end]
        self._position = end
        return found

    def pending(self) -> int:
        """Return how many bytes `recv` has without asking the kernel."""
        # Where it is encrypted, a record that has been read from the kernel is not seen by select().
        under: int = getattr(self._under, "pending", _nothing)()
        return max(0, len(self._read) - self._position) + under

    @property
    def unsent(self) -> int:
        """Return how many bytes wait for `flush`."""
        return len(self._unsent)

    def send(self, data: bytes | bytearray) -> int:
        """Keep `data` for `flush`; return its length."""
        self._unsent += data
        return len(data)

    def flush(self) -> None:
        """Send what the kernel takes now."""
        while self._unsent:
            try:
                sent = self._under.send(self._unsent)
            except _NOT_NOW:
                return
            del self._unsent[:sent]

    def fileno(self) -> int:
        return self._under.fileno()

    def setblocking(self, flag: bool) -> None:
        self._under.setblocking(flag)

    def close(self) -> None:
        """Send what waits, within a second, and close."""
        try:
            self._under.settimeout(_LAST_WORDS_SECONDS)
            self._under.sendall(self._unsent)
        except OSError:
            pass  # whoever has gone hears no last words
        finally:
            self._unsent.clear()
            self._under.close()


def _nothing() -> int:
    return 0
