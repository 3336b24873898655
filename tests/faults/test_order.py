"""Durable first: what is published, acknowledged or confirmed would survive a power cut at that very moment.

The kernel tells what a process wrote, synced and sent, in order; the files are rebuilt as they were synced before each
sending, and SQLite itself opens them.
"""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from coldchain_contract.messages import Stored, decode_message
from coldchain_contract.pack import decode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from faults.relay import Packet, Relay, Splitter
from faults.trace import Call, Disk, calls, traced
from faults.world import World

pytestmark = pytest.mark.timeout(180)
_LOG = "calls.strace"
_ENOUGH = 5
_READINGS = (Kind.LIVE, Kind.BACKFILL)


def test_a_device_publishes_nothing_that_a_power_cut_could_still_take_from_its_card(tmp_path: Path) -> None:
    with World(tmp_path, chance=random.Random(1)) as world:
        disk = _trace(world, world.box.pid, world.box.card, world.relay)
    streams, looked = Streams(), 0
    for call in calls(tmp_path / _LOG):
        disk.take(call)
        for packet in streams.sent(call):
            if _kind(packet) in _READINGS and (sent := _numbers(packet)).ranges:
                assert not (sent - _on_card(disk, tmp_path / "found")).ranges, f"{sent} is not on the card yet"
                looked += 1
    assert looked >= _ENOUGH
    assert disk.syncs >= _ENOUGH


def test_the_server_acknowledges_and_confirms_nothing_that_a_power_cut_could_still_take(tmp_path: Path) -> None:
    with World(tmp_path, chance=random.Random(1), server_through_relay=True) as world:
        disk = _trace(world, world.server_pid, tmp_path / "server" / "spool.sqlite", world.server_relay)
    streams, packs = Streams(), dict[int, bytes]()
    acknowledged = confirmed = 0
    for call in calls(tmp_path / _LOG):
        disk.take(call)
        packs |= {_number(packet): packet for packet in streams.arrived(call) if _kind(packet) in _READINGS}
        for packet in streams.sent(call):
            if packet[0] >> 4 == Packet.PUBACK and (pack := packs.pop(int.from_bytes(packet[2:4]), None)):
                _must_be_received(disk, tmp_path, decode_pack(_payload(pack)).outbox, _numbers(pack))
                acknowledged += 1
            elif _kind(packet) is Kind.STORED and (said := decode_message(_payload(packet), Stored)).stored:
                _must_be_received(disk, tmp_path, UUID(said.outbox), Sequences.parse(said.stored))
                confirmed += 1
    assert acknowledged >= _ENOUGH
    assert confirmed >= _ENOUGH


class Streams:
    """The MQTT packets of the connections that begin while one looks; everything else on sockets is left out."""

    def __init__(self) -> None:
        self._out: dict[str, Splitter] = {}
        self._in: dict[str, Splitter] = {}

    def sent(self, call: Call) -> list[bytes]:
        """Return the packets that a call sends."""
        if call.name != "sendto":
            return []
        if call.target not in self._out and call.data[:1] and call.data[0] >> 4 == Packet.CONNECT:
            self._out[call.target], self._in[call.target] = Splitter(), Splitter()
        splitter = self._out.get(call.target)
        return splitter.feed(call.data) if splitter else []

    def arrived(self, call: Call) -> list[bytes]:
        """Return the packets that a call receives."""
        splitter = self._in.get(call.target)
        return splitter.feed(call.data) if splitter and call.name == "recvfrom" else []


def _trace(world: World, pid: int, database: Path, relay: Relay) -> Disk:
    """Trace a process from a new connection on for a while; return its database as it was at the beginning."""
    world.recovers(within=60)
    os.kill(pid, signal.SIGSTOP)
    disk = Disk(database)
    with traced(pid, world.folder / _LOG):
        relay.drop()
        world.live(1.0)
        world.recovers(within=60)
        world.live(3.0)
    return disk


def _parts(packet: bytes) -> Iterator[bytes]:
    """Yield topic, packet identifier and payload of a PUBLISH (MQTT 3.1.1 §3.3)."""
    start = next(n for n in range(1, 5) if not packet[n] & 0x80) + 1
    topic_ends = start + 2 + int.from_bytes(packet[start : start + 2])
    yield packet[start + 2 : topic_ends]
    payload_starts = topic_ends + (2 if packet[0] & 0x06 else 0)  # QoS 0 has no identifier
    yield packet[topic_ends:payload_starts]
    yield packet[payload_starts:]


def _kind(packet: bytes) -> Kind | None:
    """Return what a packet publishes; None where it is no PUBLISH."""
    if packet[0] >> 4 != Packet.PUBLISH:
        return None
    topic, _, _ = _parts(packet)
    return Topic.parse(topic.decode()).kind


def _number(packet: bytes) -> int:
    _, number, _ = _parts(packet)
    return int.from_bytes(number)


def _payload(packet: bytes) -> bytes:
    _, _, payload = _parts(packet)
    return payload


def _numbers(packet: bytes) -> Sequences:
    """Return the numbers in a pack; none of one that nobody is to confirm."""
    pack = decode_pack(_payload(packet))
    return Sequences() if pack.relative else pack.sequences


def _on_card(disk: Disk, folder: Path) -> Sequences:
    with closing(disk.after_a_power_cut(folder)) as found:
        return Sequences.of(number for (number,) in found.execute("SELECT sequence FROM readings"))


def _must_be_received(disk: Disk, folder: Path, outbox: UUID, numbers: Sequences) -> None:
    with closing(disk.after_a_power_cut(folder / "found")) as found:
        rows = found.execute("SELECT first, last FROM received WHERE outbox = ? ORDER BY first", (outbox.bytes,))
        missing = numbers - Sequences(tuple(rows))
    assert not missing.ranges, f"{missing} of {outbox} is not in the spool yet"
