"""Real Mosquitto: open to anyone, or with the dynamic security plugin."""

import subprocess
from pathlib import Path

from servers.process import ServerProcess, free_port, program

ADMIN, ADMIN_PASSWORD = "admin", "admin-of-the-test"
_PLUGIN = "mosquitto_dynamic_security.so"


class Mosquitto:
    """One broker on loopback. `dynsec` refuses anonymous clients and starts with `ADMIN` only."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, dynsec: bool = False, settings: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        lines = [
            f"listener {self.port} 127.0.0.1",
            "user root",
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 0",
            settings,
        ]
        if dynsec:
            plugin = next(Path("/usr/lib").glob(f"*/{_PLUGIN}"))
            state = folder / "dynsec.json"
            subprocess.run(
                [program("mosquitto_ctrl", "mosquitto"), "dynsec", "init", str(state), ADMIN, ADMIN_PASSWORD],
                check=True,
                capture_output=True,
            )
            lines += ["allow_anonymous false", f"plugin {plugin}", f"plugin_opt_config_file {state}"]
        else:
            lines += ["allow_anonymous true"]
        configuration = folder / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        command = [program("mosquitto", "mosquitto"), "-c", str(configuration)]
        self.server = ServerProcess(command, port=self.port, log=folder / "mosquitto.log")
