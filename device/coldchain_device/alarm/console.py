"""The box's state said in the log, for boxes without a light and for demonstrations."""

import structlog

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm.outputs import Still
from coldchain_device.alarm.scene import Scene, Shown

_log = structlog.get_logger()


class ConsoleOutput(Still):
    """Says each unit's light when it changes."""

    def __init__(self) -> None:
        self._said: dict[UnitId, Shown] = {}

    def show(self, scene: Scene) -> None:
        for unit, shown in scene.units.items():
            if self._said.get(unit) != shown:
                why = shown.why.value if shown.why else ""
                _log.info("light", unit=unit, label=shown.label, light=shown.light.value, heard=shown.heard, why=why)
        self._said = dict(scene.units)

    def identify(self) -> None:
        _log.info("this box was asked to show itself")

    def close(self) -> None:
        return
