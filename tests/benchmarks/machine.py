"""What the figures were measured on, and how busy it was: no names of hosts or folders."""

import os
import platform
import shutil
import sqlite3
import subprocess
from pathlib import Path

_CPU = "model name"


def machine() -> str:
    """Return the machine in one line."""
    cores = len(os.sched_getaffinity(0))
    parts = (
        f"{_cpu_model()}, {cores} cores",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        _first_line("mosquitto", "-h"),
        _first_line("influxd", "version"),
    )
    return "; ".join(part for part in parts if part)


def busyness() -> str:
    """Return how many processes wanted a core in the last minute, this one included."""
    return f"{os.getloadavg()[0]:.1f}"


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith(_CPU))
    return next(found, platform.machine())


def _first_line(name: str, argument: str) -> str:
    program = shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if program is None:
        return ""
    said = subprocess.run([program, argument], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].partition(" (")[0]
