"""Asking gammu-smsd whether it runs, by its own monitor."""

import subprocess

_MONITOR = "gammu-smsd-monitor"
_LONGEST_S = 10.0


def running(config: str) -> bool:
    """Return whether the gammu-smsd with that settings file runs; True where there is nobody to ask."""
    # Its long options are in its manual page, and Debian's 1.42 refuses them.
    command = [_MONITOR, "-C", "-n", "1", "-d", "0", "-c", config]
    try:
        asked = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST_S, check=False)
    except FileNotFoundError:
        return True
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
