"""The `stored` messages that answer a batch: one for each outbox and reason, not one for each pack."""

from collections.abc import Iterable
from uuid import UUID

from coldchain_contract.messages import Stored
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.ingest.reception import Received
from coldchain_server.spool.model import Reason

_MOST_RANGES = 200
"""Keeps a `stored` message well under the 16 KiB that a device reads, whatever gaps there are."""


def confirmations(batch: Iterable[Received], *, now_ms: int) -> list[tuple[Topic, Stored]]:
    """Return what to publish once the batch is durable; duplicates are confirmed again like anything else."""
    batch = list(batch)
    told: dict[tuple[Topic, UUID, Reason | None], list[tuple[int, int]]] = {}
    questions: dict[tuple[Topic, UUID, Reason | None], int] = {}
    for received in batch:
        if received.topic is not None:
            down = Topic(received.topic.site, received.topic.device, Kind.STORED)
            for reply in received.replies:
                key = (down, reply.outbox, reply.refused)
                told.setdefault(key, []).extend(reply.sequences.ranges)
                questions[key] = reply.question or questions.get(key, 0)
    return [
        (key[0], _stored(key[1], part, key[2], now_ms=now_ms, question=questions[key]))
        for key, ranges in told.items()
        for part in _few_ranges(Sequences.joined(ranges))
    ] + [(down, Stored(outbox="", server_time_ms=now_ms, milk=tuple(ids))) for down, ids in _settled(batch).items()]


def _settled(batch: Iterable[Received]) -> dict[Topic, list[str]]:
    """Return what was told of the milk and need not be sent again, by the device that hears so."""
    settled: dict[Topic, list[str]] = {}
    for received in batch:
        if received.topic is not None and received.settled:
            down = Topic(received.topic.site, received.topic.device, Kind.STORED)
            settled.setdefault(down, []).append(received.settled)
    return settled


def _few_ranges(sequences: Sequences) -> list[Sequences]:
    ranges = sequences.ranges
    if not ranges:
        return [sequences]
    return [Sequences(ranges[start : start + _MOST_RANGES]) for start in range(0, len(ranges), _MOST_RANGES)]


def _stored(outbox: UUID, sequences: Sequences, reason: Reason | None, *, now_ms: int, question: int) -> Stored:
    if reason is None:
        return Stored(outbox=str(outbox), server_time_ms=now_ms, stored=str(sequences), question=question)
    return Stored(outbox=str(outbox), server_time_ms=now_ms, refused=str(sequences), reason=reason.value)
