"""Readings whose time is not known yet, shown to the server as they are: so long ago, counted from the sending."""

import msgspec
import structlog

from coldchain_contract.errors import BadPack
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.clock import Stamp
from coldchain_device.outbox import Outbox
from coldchain_device.uplink.connection import Connection
from coldchain_device.uplink.packing import READINGS_A_PACK

_log = structlog.get_logger()


class Undated:
    """Sends each such reading once. One thread only.

    They are not under way: nobody confirms them, and they are sent again once they have a date. They go with QoS 0,
    because the receipt dates them: no broker may keep them for a server that is away.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shown: dict[str, int] = {}

    def send(self, outbox: Outbox, stamp: Stamp, *, fresh_ms: int) -> bool:
        """Send what `outbox` took in this boot and within `fresh_ms`, the newest; False where nothing was sent."""
        readings = outbox.undated(
            READINGS_A_PACK,
            boot_id=stamp.boot_id,
            after=self._shown.get(str(outbox.id), 0),
            from_uptime_ms=stamp.uptime_ms - fresh_ms,
        )
        if not readings:
            return False
        pack = Pack(
            outbox=outbox.id,
            sequences=Sequences.of(one.sequence for one in readings),
            readings=tuple(
                msgspec.structs.replace(one.reading, at_ms=min(0, one.reading.at_ms - stamp.uptime_ms))
                for one in readings
            ),
            relative=True,
        )
        if not self._published(pack):
            return False
        self._shown = {str(outbox.id): readings[-1].sequence}
        return True

    def _published(self, pack: Pack) -> bool:
        try:
            payload = encode_pack(pack)
        except BadPack as error:  # such as a value that is no number; it is said again when it has a date
            _log.warning("readings without a date cannot be shown", sequences=str(pack.sequences), why=error)
            return True
        return self._connection.publish(Kind.LIVE, payload, fleeting=True) is not None
