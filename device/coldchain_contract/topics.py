"""The MQTT topics of version 1: `coldchain/v1/{site}/{device}/{kind}`."""

import enum

import msgspec

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import DeviceId, SiteId, identifier

ROOT = "coldchain"
VERSION = "v1"
ALL = f"{ROOT}/#"
"""What the server's ingest listens to: wider than the contract, so that a wrong topic is seen and set aside."""


class Kind(enum.Enum):
    """What a topic carries; from device to server unless said."""

    LIVE = "live"
    BACKFILL = "backfill"
    STATUS = "status"
    ALARM = "alarm"
    ANSWER = "answer"  # device's answer to a request
    MILK = "milk"  # what was told of the milk at the box
    CONFIG = "config"  # server to device
    STORED = "stored"  # server to device
    REQUEST = "request"  # server to device

    @property
    def goes_up(self) -> bool:
        return self not in (Kind.CONFIG, Kind.STORED, Kind.REQUEST)


class Topic(msgspec.Struct, frozen=True):
    """One topic of one device at one site."""

    site: SiteId
    device: DeviceId
    kind: Kind

    @classmethod
    def parse(cls, text: str) -> "Topic":
        """Read a topic name; `BadIdentifier` names the part that is wrong."""
        parts = text.split("/")
        if len(parts) != 5 or parts[:2] != [ROOT, VERSION]:
            raise BadIdentifier(f"topic {text[:200]!r} is not {ROOT}/{VERSION}/SITE/DEVICE/KIND")
        try:
            kind = Kind(parts[4])
        except ValueError:
            allowed = ", ".join(kind.value for kind in Kind)
            raise BadIdentifier(f"topic {text[:200]!r} ends in none of {allowed}") from None
        return cls(SiteId(identifier(parts[2])), DeviceId(identifier(parts[3])), kind)

    def __str__(self) -> str:
        return f"{ROOT}/{VERSION}/{self.site}/{self.device}/{self.kind.value}"
