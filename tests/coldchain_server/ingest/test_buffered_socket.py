"""The buffered socket: the same bytes in the same order, in fewer calls."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_server.ingest.buffered_socket import BufferedSocket

Pair = tuple[BufferedSocket, socket.socket]


def connected() -> Pair:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return BufferedSocket(ours), theirs


@pytest.fixture
def pair() -> Iterator[Pair]:
    buffered, other = connected()
    yield buffered, other
    buffered.close()
    other.close()


@given(st.binary(min_size=1, max_size=5000), st.lists(st.integers(1, 700), min_size=1))
def test_what_is_read_in_any_pieces_is_what_was_sent(sent: bytes, pieces: list[int]) -> None:
    buffered, other = connected()
    other.sendall(sent)
    read, turn = b"", 0
    while len(read) < len(sent):
        size = pieces[turn % len(pieces)]
        part = buffered.recv(size)
        assert 0 < len(part) <= size
        read, turn = read + part, turn + 1
    assert (read, buffered.pending()) == (sent, 0)
    buffered.close()
    other.close()


def test_what_has_come_is_taken_from_the_kernel_at_once(pair: Pair) -> None:
    buffered, other = pair
    other.sendall(b"twelve bytes")
    assert buffered.recv(1) == b"t"
    assert buffered.pending() == 11
    with pytest.raises(BlockingIOError):
        socket.socket.recv(buffered._under, 1)


def test_nothing_to_read_is_said_as_a_socket_says_it(pair: Pair) -> None:
    buffered, other = pair
    with pytest.raises(BlockingIOError):
        buffered.recv(1)
    other.close()
    assert buffered.recv(1) == b""


def test_nothing_is_sent_before_it_is_flushed(pair: Pair) -> None:
    buffered, other = pair
    other.setblocking(False)
    assert [buffered.send(b"one"), buffered.send(b"two")] == [3, 3]
    assert buffered.unsent == 6
    with pytest.raises(BlockingIOError):
        other.recv(100)
    buffered.flush()
    assert (other.recv(100), buffered.unsent) == (b"onetwo", 0)


def test_what_the_kernel_does_not_take_now_goes_out_later_and_whole(pair: Pair) -> None:
    buffered, other = pair
    sent = bytes(range(256)) * 16_384
    buffered.send(sent)
    heard = b""
    while buffered.unsent:
        buffered.flush()
        heard += other.recv(1 << 20)
    buffered.close()
    while more := other.recv(1 << 20):
        heard += more
    assert heard == sent


def test_a_connection_that_is_gone_is_said_when_flushing_and_stops_no_close(pair: Pair) -> None:
    buffered, other = pair
    other.close()
    buffered.send(b"anybody?")
    with pytest.raises(OSError, match="Broken pipe"):
        buffered.flush()
    buffered.close()


def test_the_last_words_are_said_while_closing(pair: Pair) -> None:
    buffered, other = pair
    buffered.send(b"farewell")
    buffered.close()
    assert other.recv(100) == b"farewell"
