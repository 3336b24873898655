"""The mobile network's time, asked of a program: better than none, until the server has been heard."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from coldchain_contract.clock import milliseconds
from coldchain_device.clock import DeviceClock
from coldchain_device.timekeeping import FITTED_MS

_log = structlog.get_logger()
_EVERY_S = 60.0
_LONGEST_S = 5.0
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)")


class NetworkTime:
    """Asks `command` once a minute while the time is not known, such as `mmcli -m any --time`. One thread only.

    What it prints must hold a time in ISO 8601 with its offset from UTC; what a network says may be minutes off.
    """

    def __init__(
        self, command: Sequence[str], *, clock: DeviceClock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._command, self._clock, self._monotonic = tuple(command), clock, monotonic
        self._asked_s = float("-inf")
        self._trouble = ""

    def tend(self) -> None:
        """Ask, where it is time to; a failure is said when it begins or changes."""
        now_s = self._monotonic()
        if not self._command or now_s - self._asked_s < _EVERY_S or self._clock.stamp().trusted:
            return
        self._asked_s = now_s
        try:
            self._clock.suggest(self._read_ms(), uncertainty_ms=FITTED_MS)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            if str(error) != self._trouble:
                _log.warning("the network's time is not known", command=self._command[0], why=str(error))
            self._trouble = str(error)

    def _read_ms(self) -> int:
        told = subprocess.run(self._command, capture_output=True, text=True, timeout=_LONGEST_S, check=True).stdout
        found = _ISO.search(told)
        if found is None:
            raise ValueError(f"{self._command[0]} prints no time such as 2026-03-01T12:00:00+01, but {told[:80]!r}")
        return milliseconds(datetime.fromisoformat(found[0]))
