"""A folder that looks like `/sys/class/power_supply`: the mains, and the battery where there is one."""

import itertools
from pathlib import Path


class PowerTree:
    """Writes `mains/online` and `battery/capacity`, each replaced whole, only when it changes."""

    def __init__(self, base: Path, *, staging: Path, battery: bool) -> None:
        self.base, self._staging, self._battery = base, staging, battery
        self._texts: dict[Path, str] = {}
        self._names = itertools.count()
        staging.mkdir(parents=True, exist_ok=True)
        for supply, kind in (("mains", "Mains"), *((("battery", "Battery"),) if battery else ())):
            (base / supply).mkdir(parents=True, exist_ok=True)
            self._write(base / supply / "type", kind)

    def show(self, *, mains: bool, charge: float) -> None:
        """Show whether the mains are there, and the battery's charge as a share of full."""
        self._write(self.base / "mains" / "online", str(int(mains)))
        if self._battery:
            full = charge >= 1.0
            status = "Discharging" if not mains else "Full" if full else "Charging"
            self._write(self.base / "battery" / "capacity", str(round(charge * 100)))
            self._write(self.base / "battery" / "status", status)

    def _write(self, file: Path, text: str) -> None:
        if self._texts.get(file) == text:
            return
        fresh = self._staging / f"{self.base.parent.name}-power-{next(self._names)}"
        fresh.write_text(f"{text}\n", encoding="ascii")
        fresh.replace(file)
        self._texts[file] = text
