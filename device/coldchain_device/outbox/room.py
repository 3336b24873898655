"""Room on the card: what goes first when there is none."""

import structlog

from coldchain_device.clock import DeviceClock
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox.outboxes import Outboxes
from coldchain_device.outbox.settled import DAY_MS

_log = structlog.get_logger()
_AT_LEAST_DAYS = 90
"""What nobody has confirmed is never given up before that, whatever `keep_days` is."""
_ROWS = 2_000


class Room:
    """Makes room where a full card takes no samples."""

    def __init__(self, outboxes: Outboxes, *, clock: DeviceClock) -> None:
        self._outboxes, self._clock = outboxes, clock
        self._trouble = ""

    def make(self) -> None:
        """Free some room, in the order that costs least, and say what it cost; that none can be made is said once."""
        trouble = ""
        try:
            if cost := self._outboxes.make_room(_ROWS, lost_before_ms=self._lost_before_ms()):
                _log.warning("deleted for room on the card", what=cost)
        except (OSError, OutboxUnavailable) as error:
            trouble = str(error)
        if trouble and not self._trouble:
            _log.error("no room can be made on the card", why=trouble)
        self._trouble = trouble

    def _lost_before_ms(self) -> int | None:
        stamp = self._clock.stamp()
        return stamp.wall_ms - _AT_LEAST_DAYS * DAY_MS if stamp.trusted else None
