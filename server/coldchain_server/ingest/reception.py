"""Reception: what one message is worth, decided from the message, the fleet, the enrolments and the time of receipt."""

from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from coldchain_contract.errors import (
    BadCompression,
    BadIdentifier,
    BadMessage,
    BadPack,
    BadSenml,
    ContractError,
    PackTooLarge,
)
from coldchain_contract.identifiers import DeviceId, ProbeUrn, SiteId
from coldchain_contract.messages import Answer, LocalAlarm, MilkTold, Status, decode_message
from coldchain_contract.pack import Pack, decode_pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.fleet.model import Fleet
from coldchain_server.ingest.alarms import check_alarm
from coldchain_server.ingest.arrival import Arrival
from coldchain_server.ingest.foreign import Tapped, foreign_items, tapped_topics
from coldchain_server.ingest.milk import check_milk
from coldchain_server.spool.model import Accepted, Quarantined, Reason, quarantined

__all__ = ["FUTURE_MS", "Arrival", "Enrolled", "Known", "Received", "Reply", "receive"]

FUTURE_MS = 10 * 60 * 1000
"""How far after its receipt a reading may be dated; never compared with anything but the receipt."""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """Since when a device may speak, and for which site; `withdrawn` where it no longer may."""

    site: SiteId
    since_ms: int
    withdrawn: bool = False


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A device that may speak on a topic: its probes, and since when."""

    topic: Topic
    probes: frozenset[ProbeUrn]
    since_ms: int


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is judged against: the probes placed with each device, what sources publish, who is enrolled.

    `senders` remembers who was found behind a topic, so that it is looked up once; it is emptied with each change.
    """

    fleet: Fleet
    probes: Mapping[DeviceId, frozenset[ProbeUrn]]
    enrolled: Mapping[DeviceId, Enrolled]
    tapped: Mapping[str, Tapped] = {}
    senders: dict[str, Sender] = {}

    @classmethod
    def of(cls, fleet: Fleet, enrolled: Mapping[DeviceId, Enrolled]) -> "Known":
        probes: dict[DeviceId, frozenset[ProbeUrn]] = {}
        for placement in fleet.placements:
            probes[placement.device] = probes.get(placement.device, frozenset()) | {placement.probe}
        return cls(fleet=fleet, probes=probes, enrolled=enrolled, tapped=tapped_topics(fleet))


class Reply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What to tell the device about sequences of its outbox: stored, or refused with the reason.

    Without any sequences it tells the server's time only, for a device that has no other way to learn it; `question` is
    that of the status it answers.
    """

    outbox: UUID
    sequences: Sequences
    refused: Reason | None = None
    question: int = 0


class Received(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The worth of one message: items for the spool, replies to its device once they are durable, or a word heard.

    `settled` is the id of what was told of the milk, which need not be sent again once this is durable.
    """

    topic: Topic | None = None
    items: tuple[Accepted | Quarantined, ...] = ()
    replies: tuple[Reply, ...] = ()
    heard: Status | LocalAlarm | Answer | MilkTold | None = None
    settled: str = ""


def receive(arrival: Arrival, known: Known) -> Received:
    """Return what `arrival` is worth. Whatever the message, it is answered with a value: nothing is raised."""
    tapped = known.tapped.get(arrival.topic)
    return _receive_own(arrival, known) if tapped is None else _receive_foreign(arrival, tapped, known)


def _receive_own(arrival: Arrival, known: Known) -> Received:
    sender = known.senders.get(arrival.topic)
    if sender is None:
        found = _sender(arrival, known)
        if isinstance(found, Received):
            return found
        sender = known.senders[arrival.topic] = found
    try:
        return _KINDS[sender.topic.kind.value](arrival, sender, known)
    except ContractError as error:
        return _set_aside(arrival, _reason(error), str(error), topic=sender.topic)
    except Exception as error:  # noqa: BLE001 - one message nobody foresaw must not stop the others
        return _set_aside(arrival, Reason.UNFORESEEN, f"{type(error).__name__}: {error}", topic=sender.topic)


def _sender(arrival: Arrival, known: Known) -> Sender | Received:
    """Return who speaks, or what becomes of a message that nobody may have sent."""
    try:
        topic = Topic.parse(arrival.topic)
    except BadIdentifier as error:
        return _set_aside(arrival, Reason.TOPIC, str(error))
    if not topic.kind.goes_up:
        return Received()  # the server's own word, which the wide subscription brings back
    stranger = _why_unknown(topic, known)
    if stranger:
        return _set_aside(arrival, Reason.UNKNOWN_DEVICE, stranger)
    probes = known.probes.get(topic.device, frozenset())
    return Sender(topic=topic, probes=probes, since_ms=known.enrolled[topic.device].since_ms)


def _why_unknown(topic: Topic, known: Known) -> str:
    """Return why the topic's device may not speak; empty where it may."""
    device, enrolled = known.fleet.devices.get(topic.device), known.enrolled.get(topic.device)
    if device is None:
        return f"device {topic.device} is not in the fleet file"
    if device.site != topic.site:
        return f"device {topic.device} belongs to site {device.site}, not {topic.site}"
    return _why_not_enrolled(topic.device, topic.site, enrolled)


def _why_not_enrolled(device: DeviceId, site: SiteId, enrolled: Enrolled | None) -> str:
    if enrolled is None:
        return f"device {device} is not enrolled; `coldchain-server enrol {device}` does that"
    if enrolled.withdrawn:
        return f"device {device} was withdrawn; `coldchain-server enrol {device} --rotate` lets it in again"
    if enrolled.site != site:
        return (
            f"device {device} was enrolled for site {enrolled.site}; "
            f"`coldchain-server enrol {device} --rotate` enrols it for {site}"
        )
    return ""


def _receive_foreign(arrival: Arrival, tapped: Tapped, known: Known) -> Received:
    source = tapped.source
    enrolled = known.enrolled.get(source.id)
    stranger = _why_not_enrolled(source.id, source.site, enrolled)
    if enrolled is None or stranger:
        return _set_aside(arrival, Reason.UNKNOWN_DEVICE, stranger)
    try:
        return Received(
            items=foreign_items(
                arrival,
                tapped,
                fleet=known.fleet,
                since_ms=enrolled.since_ms,
                latest_ms=arrival.received_ms + FUTURE_MS,
            )
        )
    except Exception as error:  # noqa: BLE001 - one message nobody foresaw must not stop the others
        return _set_aside(arrival, Reason.UNFORESEEN, f"{type(error).__name__}: {error}")


def _receive_pack(arrival: Arrival, sender: Sender, _known: Known) -> Received:
    pack, topic = decode_pack(arrival.payload), sender.topic
    latest_ms = arrival.received_ms + FUTURE_MS
    if pack.relative:
        return _receive_estimated(_parts(pack.dated(arrival.received_ms), sender, latest_ms).get(None), arrival, topic)
    if _is_good(pack, sender, latest_ms):  # nearly always
        reply = Reply(outbox=pack.outbox, sequences=pack.sequences)
        return Received(topic=topic, items=(_accepted(pack, arrival, topic),), replies=(reply,))
    parts = _parts(pack, sender, latest_ms)
    replies = [Reply(outbox=pack.outbox, sequences=part.sequences, refused=reason) for reason, part in parts.items()]
    items = [
        _accepted(part, arrival, topic) if reason is None else _refused(part, arrival, topic, reason)
        for reason, part in parts.items()
    ]
    return Received(topic=topic, items=tuple(items), replies=tuple(replies))


def _receive_estimated(part: Pack | None, arrival: Arrival, topic: Topic) -> Received:
    """Take what is good of a pack that its receipt dated. It is not answered: each reading comes again when its device
    knows the time, and is stored, or refused with the reason, then."""
    if topic.kind is not Kind.LIVE or arrival.retained:
        raise BadPack("readings counted from their sending must come as it happens, live and not retained")
    items = (msgspec.structs.replace(_accepted(part, arrival, topic), estimated=True),) if part else ()
    return Received(topic=topic, items=items)


def _is_good(pack: Pack, sender: Sender, latest_ms: int) -> bool:
    probes, since_ms = sender.probes, _earliest_ms(pack, sender)
    for reading in pack.readings:
        if reading.probe not in probes or not since_ms <= reading.at_ms <= latest_ms:
            return False
    return True


def _earliest_ms(pack: Pack, sender: Sender) -> int:
    """Return what instant of `pack` can, within its bounds, still be one at which the device was enrolled."""
    return sender.since_ms - pack.uncertainty_ms


def _parts(pack: Pack, sender: Sender, latest_ms: int) -> dict[Reason | None, Pack]:
    """Return `pack` cut by what becomes of its readings."""
    span = (_earliest_ms(pack, sender), latest_ms)
    numbered = [
        (number, reading, _why_refused(reading, sender, span))
        for number, reading in zip(pack.sequences, pack.readings, strict=True)
    ]
    return {
        kind: msgspec.structs.replace(
            pack,
            sequences=Sequences.of(number for number, _, reason in numbered if reason is kind),
            readings=tuple(reading for _, reading, reason in numbered if reason is kind),
        )
        for kind in {reason for _, _, reason in numbered}
    }


def _why_refused(reading: Reading, sender: Sender, span_ms: tuple[int, int]) -> Reason | None:
    """Return why a reading of the device may not be stored; `span_ms`: the first and last instant that may."""
    earliest_ms, latest_ms = span_ms
    if reading.probe not in sender.probes:
        return Reason.UNKNOWN_PROBE
    if reading.at_ms < earliest_ms:
        return Reason.BEFORE_ENROLMENT
    return Reason.FUTURE if reading.at_ms > latest_ms else None


def _accepted(part: Pack, arrival: Arrival, topic: Topic) -> Accepted:
    return Accepted(
        site=topic.site,
        device=topic.device,
        live=topic.kind is Kind.LIVE,
        received_ms=arrival.received_ms,
        pack=part,
    )


def _refused(part: Pack, arrival: Arrival, topic: Topic, reason: Reason) -> Quarantined:
    first = part.readings[0]
    return quarantined(
        arrival.payload,
        reason,
        topic=arrival.topic,
        device=topic.device,
        detail=f"{len(part.readings)} readings, the first of {first.probe} at {first.at_ms} ms",
        received_ms=arrival.received_ms,
        outbox=part.outbox,
        sequences=part.sequences,
    )


def _receive_status(arrival: Arrival, sender: Sender, _known: Known) -> Received:
    status = decode_message(arrival.payload, Status)
    if not (status.online and status.outbox and status.question) or arrival.retained:
        return Received(topic=sender.topic, heard=status)
    reply = Reply(outbox=UUID(status.outbox), sequences=Sequences(), question=status.question)
    return Received(topic=sender.topic, heard=status, replies=(reply,))


def _receive_alarm(arrival: Arrival, sender: Sender, known: Known) -> Received:
    alarm, topic = decode_message(arrival.payload, LocalAlarm), sender.topic
    check_alarm(alarm, site=topic.site, fleet=known.fleet)
    misdated = _why_misdated(alarm.at_ms, arrival, sender)
    if misdated is not None:
        return _set_aside(arrival, misdated, f"an alarm dated {alarm.at_ms} ms", topic=topic)
    return Received(topic=topic, heard=alarm)


def _receive_milk(arrival: Arrival, sender: Sender, known: Known) -> Received:
    """Take what was told of the milk. What can never be taken is set aside and settled all the same: it would be sent
    for ever."""
    told, topic = decode_message(arrival.payload, MilkTold), sender.topic
    reason, detail = _why_misdated(told.at_ms, arrival, sender), f"milk dated {told.at_ms} ms"
    try:
        check_milk(told, site=topic.site, fleet=known.fleet)
    except BadMessage as error:
        reason, detail = Reason.MESSAGE, str(error)
    if reason is None:
        return Received(topic=topic, heard=told, settled=told.id)
    return msgspec.structs.replace(_set_aside(arrival, reason, detail, topic=topic), settled=told.id)


def _why_misdated(at_ms: int, arrival: Arrival, sender: Sender) -> Reason | None:
    """Return why nothing of that instant can be said on receipt of `arrival`."""
    if at_ms > arrival.received_ms + FUTURE_MS:
        return Reason.FUTURE
    return Reason.BEFORE_ENROLMENT if at_ms < sender.since_ms else None


def _receive_answer(arrival: Arrival, sender: Sender, _known: Known) -> Received:
    return Received(topic=sender.topic, heard=decode_message(arrival.payload, Answer))


# By the words of the topic: to hash a member of an enum is slow, and this is asked once a message.
_KINDS: Mapping[str, Callable[[Arrival, Sender, Known], Received]] = {
    Kind.LIVE.value: _receive_pack,
    Kind.BACKFILL.value: _receive_pack,
    Kind.STATUS.value: _receive_status,
    Kind.ALARM.value: _receive_alarm,
    Kind.ANSWER.value: _receive_answer,
    Kind.MILK.value: _receive_milk,
}

_REASONS: tuple[tuple[type[ContractError], Reason], ...] = (
    (PackTooLarge, Reason.TOO_LARGE),
    (BadCompression, Reason.COMPRESSION),
    (BadSenml, Reason.SENML),
    (BadPack, Reason.PACK),
    (BadMessage, Reason.MESSAGE),
)


def _reason(error: ContractError) -> Reason:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.PACK)


def _set_aside(arrival: Arrival, reason: Reason, detail: str, *, topic: Topic | None = None) -> Received:
    """Quarantine the whole message. Only a device that may speak is named: invented names share one quota."""
    item = quarantined(
        arrival.payload,
        reason,
        topic=arrival.topic,
        device=topic.device if topic else None,
        detail=detail,
        received_ms=arrival.received_ms,
    )
    return Received(topic=topic, items=(item,))
