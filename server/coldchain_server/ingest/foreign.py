"""Reception of what sources publish: outside our topics and our packs, and by the same rules as any reading."""

from collections.abc import Mapping

import msgspec

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_server.fleet.model import Fleet
from coldchain_server.fleet.source import Feed, Source
from coldchain_server.ingest.arrival import Arrival
from coldchain_server.sources.errors import NotUnderstood
from coldchain_server.sources.identity import pack_of
from coldchain_server.sources.messages import Measured, read_message
from coldchain_server.spool.model import Accepted, Quarantined, Reason, quarantined


class Tapped(msgspec.Struct, frozen=True, kw_only=True):
    """A topic that a source publishes on, and the values in its messages."""

    source: Source
    feeds: tuple[Feed, ...]


def tapped_topics(fleet: Fleet) -> Mapping[str, Tapped]:
    """Return every topic that a source of `fleet` publishes on."""
    feeds: dict[str, list[Feed]] = {}
    sources: dict[str, Source] = {}
    for source, feed in fleet.feeds():
        sources[feed.topic] = source
        feeds.setdefault(feed.topic, []).append(feed)
    return {topic: Tapped(source=sources[topic], feeds=tuple(feeds[topic])) for topic in feeds}


def filters(fleet: Fleet) -> tuple[tuple[str, int], ...]:
    """Return what to subscribe to beside our own topics, with its quality of service.

    What carries no time can only be dated by its receipt. The broker must not keep it while the server is away, to be
    told later as if it were new: quality of service 0.
    """
    return tuple((topic, 1 if tapped.source.time_field else 0) for topic, tapped in tapped_topics(fleet).items())


def foreign_items(
    arrival: Arrival, tapped: Tapped, *, fleet: Fleet, since_ms: int, latest_ms: int
) -> tuple[Accepted | Quarantined, ...]:
    """Return what a message is worth: one item for each probe in it, and one for all that could not be read.

    A retained message without a time says nothing of now, and is worth nothing. Raises nothing.
    """
    try:
        message = read_message(arrival.payload, tapped.source, tapped.feeds)
    except NotUnderstood as error:
        return (_refused(arrival, tapped.source, Reason.MESSAGE, str(error)),)
    if message.at_ms is None and arrival.retained:
        return ()
    at_ms = arrival.received_ms if message.at_ms is None else message.at_ms
    items = [
        _item(arrival, tapped.source, one, at_ms=at_ms, fleet=fleet, since_ms=since_ms, latest_ms=latest_ms)
        for one in message.measured
    ]
    if message.unread:
        items.append(_refused(arrival, tapped.source, Reason.MESSAGE, "; ".join(message.unread)))
    return tuple(items)


def _item(
    arrival: Arrival, source: Source, one: Measured, *, at_ms: int, fleet: Fleet, since_ms: int, latest_ms: int
) -> Accepted | Quarantined:
    said = f"{one.celsius} °C of {one.probe} at {at_ms} ms"
    if at_ms < since_ms:
        return _refused(arrival, source, Reason.BEFORE_ENROLMENT, said)
    if at_ms > latest_ms:
        return _refused(arrival, source, Reason.FUTURE, said)
    reading = reading_of(one.probe, one.celsius, at_ms=at_ms, fleet=fleet)
    if reading is None:
        return _refused(arrival, source, Reason.UNKNOWN_PROBE, f"{said}, when it sat nowhere")
    pack = pack_of(source.id, reading)
    return Accepted(site=source.site, device=source.id, live=True, received_ms=arrival.received_ms, pack=pack)


def reading_of(probe: ProbeUrn, celsius: float | None, *, at_ms: int, fleet: Fleet) -> Reading | None:
    """Return the reading of a probe in its place, a fault where the value cannot be; None where it sat nowhere."""
    placement = fleet.placement(probe, at_ms)
    if placement is None:
        return None
    if celsius is None:
        return Reading(probe=probe, at_ms=at_ms, value=None, quality=Quality.GONE)
    if not placement.lowest_celsius <= celsius <= placement.highest_celsius:
        return Reading(probe=probe, at_ms=at_ms, value=None, quality=Quality.RANGE)
    return Reading(probe=probe, at_ms=at_ms, value=celsius)


def _refused(arrival: Arrival, source: Source, reason: Reason, detail: str) -> Quarantined:
    return quarantined(
        arrival.payload, reason, topic=arrival.topic, device=source.id, detail=detail, received_ms=arrival.received_ms
    )
