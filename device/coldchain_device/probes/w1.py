"""The kernel's 1-Wire tree, found and configured through `w1thermsensor`."""

import os
from pathlib import Path

from coldchain_contract.identifiers import ProbeUrn, kernel_name_of_urn, urn_of_kernel_name
from coldchain_device.errors import BusMissing

os.environ.setdefault("W1THERMSENSOR_NO_KERNEL_MODULE", "1")  # else importing runs modprobe, waits and raises

from w1thermsensor import NoSensorFoundError, Sensor, W1ThermSensor

_FAMILIES = frozenset({Sensor.DS18B20, Sensor.DS18S20, Sensor.DS1822, Sensor.DS28EA00})


class W1Bus:
    """Every tree has its own sensor class, because `w1thermsensor` keeps the folder in a class attribute."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sensor_class: type[W1ThermSensor] = type("TreeSensor", (W1ThermSensor,), {"BASE_DIRECTORY": folder})
        self._sensors: dict[ProbeUrn, W1ThermSensor] = {}

    def found(self) -> list[ProbeUrn]:
        """Return the thermometers on the bus now, sorted; `BusMissing` where the kernel shows no bus."""
        try:
            names = [entry.name for entry in self.folder.iterdir()]
        except OSError as error:
            raise BusMissing(f"no 1-Wire bus at {self.folder}: enable it (dtoverlay=w1-gpio) and reboot") from error
        return sorted(urn_of_kernel_name(name) for name in names if self._sensor(name) is not None)

    def read(self, probe: ProbeUrn) -> bytes | None:
        """Read `w1_slave` once: each reading of the file is another conversion."""
        sensor = self._sensors.get(probe) or self._sensor(kernel_name_of_urn(probe))
        if sensor is None:
            return None
        self._sensors[probe] = sensor
        try:
            return bytes(sensor.sensorpath.read_bytes())
        except FileNotFoundError:
            del self._sensors[probe]
            return None
        except OSError:
            return b""  # the driver gave up; a probe taken off the bus in between is missing at the next sample

    def _sensor(self, name: str) -> W1ThermSensor | None:
        """Return the sensor the kernel calls `name`; None for what is no thermometer or has no `w1_slave`."""
        try:
            urn_of_kernel_name(name)
            kind = Sensor.from_id_string(name[:2])
            return self._sensor_class(kind, name[3:]) if kind in _FAMILIES else None
        except (ValueError, NoSensorFoundError):  # the bus's own entries, ghosts such as 00-4000, drivers not loaded
            return None
