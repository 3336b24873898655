"""The outbox: every sample is committed here first, and may be forgotten only long after the server has stored it."""

from coldchain_device.outbox.model import Kept, Sample, Taken
from coldchain_device.outbox.outbox import Outbox
from coldchain_device.outbox.outboxes import Outboxes
from coldchain_device.outbox.reader import OutboxReader
from coldchain_device.outbox.room import Room

__all__ = ["Kept", "Outbox", "OutboxReader", "Outboxes", "Room", "Sample", "Taken"]
