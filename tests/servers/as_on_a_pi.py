"""A Python process as the agent's service runs one on a Pi: by the unit's environment, without what no device has."""

import os
import re
from pathlib import Path

_UNIT = Path(__file__).parents[2] / "deploy/systemd/coldchain-device.service"
WITHOUT = "import sys; sys.modules.update(dict.fromkeys(('rich', 'greenlet', 'typing_extensions')));"
"""The beginning of its program. structlog and msgspec import these where they are installed, as they are here for other
reasons; nothing that a device needs brings them."""


def environment(compiled: Path) -> dict[str, str]:
    """Return the environment of such a process, which keeps what it compiles in `compiled`."""
    given = re.search(r"^Environment=(.*)$", _UNIT.read_text(), re.MULTILINE)
    assert given is not None
    unit = dict(setting.split("=", 1) for setting in given[1].split())
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return ours | unit | {"PYTHONPYCACHEPREFIX": str(compiled)}
