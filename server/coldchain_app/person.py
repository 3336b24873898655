"""Who is at the command line."""

import getpass

from coldchain_server.fleet.model import Role
from coldchain_server.viewer import Viewer


def at_the_command_line() -> Viewer:
    """Return whoever runs a command, who may do everything there."""
    return Viewer(name=getpass.getuser(), role=Role.ADMIN)
