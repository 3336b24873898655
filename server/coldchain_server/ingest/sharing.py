"""Which part of ingest a process takes: all of it, or its share of what devices send most."""

from collections.abc import Sequence

import msgspec

from coldchain_contract.topics import ALL, ROOT, VERSION, Kind
from coldchain_server.ingest.settings import IngestSettings

Filter = tuple[str, int]
"""What to listen to, and with which quality of service."""

_SHARED = (Kind.LIVE, Kind.BACKFILL)
"""What any worker can take: in whatever order it comes, it ends the same. A status must be heard in order, by one."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one process has of the broker: a session, and what it listens to there.

    It does without what it may not hear of `further`, as sources publish it. `left` are filters of another division of
    the work, which the session may still have. `leads`: it also speaks to devices of its own accord.
    """

    client_id: str
    filters: tuple[Filter, ...]
    further: tuple[Filter, ...] = ()
    left: tuple[str, ...] = ()
    leads: bool = True


def part_of(worker: int, settings: IngestSettings, *, further: Sequence[Filter] = ()) -> Part:
    """Return the part of a worker, counted from 1, where there are `settings.workers`.

    The first has all that is not shared. One of a number above that has a session to empty, from when there were more.
    """
    shared = tuple(f"$share/{settings.client_id}/{_topics(kind)}" for kind in _SHARED)
    unshared = tuple(_topics(kind) for kind in Kind if kind.goes_up and kind not in _SHARED)
    if worker > 1:
        in_use = worker <= settings.workers
        return Part(
            client_id=f"{settings.client_id}-{worker}",
            filters=_at_least_once(shared) if in_use else (),
            left=() if in_use else shared,
            leads=False,
        )
    # Alone it listens more widely than the contract, so that a wrong topic is seen and set aside.
    alone = settings.workers == 1
    return Part(
        client_id=settings.client_id,
        filters=_at_least_once((ALL,) if alone else (*unshared, *shared)),
        further=tuple(further),
        left=(*unshared, *shared) if alone else (ALL,),
    )


def _topics(kind: Kind) -> str:
    return f"{ROOT}/{VERSION}/+/+/{kind.value}"


def _at_least_once(topics: Sequence[str]) -> tuple[Filter, ...]:
    return tuple((topic, 1) for topic in topics)
