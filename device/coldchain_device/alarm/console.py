"""The box's state said in the log, for boxes without a light and for demonstrations."""

from collections.abc import Mapping

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.outputs import Shown

_log = structlog.get_logger()


class ConsoleOutput:
    """Says each unit's light when it changes."""

    def __init__(self) -> None:
        self._said: dict[UnitId, Shown] = {}

    def show(self, units: Mapping[UnitId, Shown]) -> None:
        for unit, shown in units.items():
            if self._said.get(unit) != shown:
                _log.info("light", unit=unit, label=shown.label, light=shown.light.value, heard=shown.heard)
        self._said = dict(units)

    def identify(self) -> None:
        _log.info("this box was asked to show itself")

    def close(self) -> None:
        return
