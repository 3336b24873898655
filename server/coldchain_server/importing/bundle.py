"""The bundle: what a device wrote onto a USB key, signed with the key it was enrolled with."""

from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from coldchain_contract.bundle import MAGIC, Bundle, Manifest, Part
from coldchain_contract.errors import BadBundle, BadSignature
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.asking.losses import Loss
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import ImportContext
from coldchain_server.ingest.reception import Arrival, Received, receive
from coldchain_server.spool.model import Reason, quarantined


class BundleFormat:
    """Reads bundles. Its packs are received as if the device had just sent them as backfill."""

    name = "bundle of a device"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(MAGIC)

    def read(self, stream: BinaryIO, context: ImportContext) -> Iterator[Received | Loss]:
        try:
            bundle = Bundle(stream)
        except BadBundle as error:
            raise BadEntry(str(error)) from error
        _check_enrolled(bundle.manifest, context)
        topic = Topic(SiteId(bundle.manifest.site), DeviceId(bundle.manifest.device), Kind.BACKFILL)
        yield from (_received(part, topic, context) for part in _parts(bundle, context))
        if bundle.manifest.signed and not context.unsigned:
            yield from _losses(bundle.manifest, topic)


def _check_enrolled(manifest: Manifest, context: ImportContext) -> None:
    if DeviceId(manifest.device) not in context.keys:
        raise BadEntry(
            f"it is of device {manifest.device}, which is not enrolled here; "
            f"`coldchain-server enrol {manifest.device}` enrols it"
        )


def _parts(bundle: Bundle, context: ImportContext) -> Iterator[Part]:
    """Return the packs, all of them signed by the device, unless a person vouches for them instead."""
    manifest = bundle.manifest
    if not manifest.signed:
        if not context.unsigned:
            raise BadEntry(
                "it is not signed, so anybody may have written it; if you know who did, --unsigned takes it "
                "in and the audit trail says that you did"
            )
        return bundle.parts(None)
    key = context.keys[DeviceId(manifest.device)]
    try:
        return bundle.parts(bytes.fromhex(key.reveal()))
    except BadSignature as error:
        if context.unsigned:
            return bundle.parts(None)
        raise BadEntry(
            f"{error}; was {manifest.device} enrolled anew since it was written? If you know where it "
            "comes from, --unsigned takes it in and the audit trail says that you did"
        ) from error


def _received(part: Part, topic: Topic, context: ImportContext) -> Received:
    if not part.wrong:
        return receive(Arrival(topic=str(topic), payload=part.payload, received_ms=context.now_ms), context.known)
    detail = f"{context.file}: pack {part.number} is {part.wrong}"
    item = quarantined(
        detail.encode(),
        Reason.BUNDLE,
        topic=str(topic),
        device=topic.device,
        detail=detail,
        received_ms=context.now_ms,
    )
    return Received(topic=topic, items=(item,))


def _losses(manifest: Manifest, topic: Topic) -> Iterator[Loss]:
    """Yield what the device itself says is lost."""
    for carried in manifest.outboxes:
        if carried.lost and carried.outbox:
            yield Loss(
                site=topic.site,
                device=topic.device,
                outbox=UUID(carried.outbox),
                sequences=Sequences.parse(carried.lost),
                why=WhyLost.GONE,
            )
