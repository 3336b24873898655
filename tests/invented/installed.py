"""A site as a technician leaves it: enrolled at a guarded broker, its files in one folder, ready to run."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_server.errors import ServerError
from coldchain_server.store.sqlite import SqliteStore
from coldchain_server.store.totals import stored_totals
from coldchain_simulator.w1_text import shown_value
from coldchain_simulator.w1tree import W1Tree, Witness
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import free_port

PROBE = urn_of_kernel_name("28-0000055eed01")
SERVER = [sys.executable, "-c", "from coldchain_app.entry import main; main()"]
DEVICE = [sys.executable, "-c", "from coldchain_device.entry import main; main()"]
_FLEET = f"""
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"

[units.menaka-1]
site = "menaka"
name = "Grand"
kind = "cooler"
profile = "daily"

[devices.menaka-pi]
site = "menaka"
sample_s = 5
report_s = 5

[[placements]]
probe = "{PROBE}"
unit = "menaka-1"
device = "menaka-pi"
place = "milk"
from = 2026-01-01T00:00:00Z
"""


class Site:
    """One machine's folder with everything a person put there; what is `more_` goes on in the two files."""

    def __init__(
        self,
        folder: Path,
        broker: Mosquitto,
        *,
        witness: Witness | None = None,
        more_fleet: str = "",
        more_server: str = "",
    ) -> None:
        self.folder, self.web = folder, free_port()
        self.tree = W1Tree(folder / "w1", staging=folder / "staging", witness=witness)
        self.tree.show(PROBE, shown_value(4.0))
        (folder / "fleet.toml").write_text(_FLEET + more_fleet)
        self._settings = f"""
data = "server"
[mqtt]
port = {broker.port}
password_file = "broker-password"
[broker_admin]
username = "{ADMIN}"
password = "{ADMIN_PASSWORD}"
[web]
port = {self.web}
{more_server}"""
        (folder / "server.toml").write_text(self._settings.replace('password_file = "broker-password"\n', ""))
        self.say(SERVER, "enrol", "--server", "--output", "broker-password")
        (folder / "server.toml").write_text(self._settings)
        self.say(SERVER, "enrol", "menaka-pi", "--output", "device.toml")
        written = (folder / "device.toml").read_text()
        # A machine under test has no time synchronisation to trust; a battery-backed clock is the other way.
        (folder / "device.toml").write_text(
            f'has_rtc = true\ndata_folder = "{folder / "device"}"\nw1_folder = "{folder / "w1"}"\n{written}'
        )

    def command(self, program: list[str], *words: str) -> list[str]:
        config = "server.toml" if program is SERVER else "device.toml"
        return [*program, "--config", str(self.folder / config), *words]

    def say(self, program: list[str], *words: str) -> str:
        command = self.command(program, *words)
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, program: list[str], *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{words[0]}-{len(program[-1])}.log").open("wb") as log:
            return subprocess.Popen(self.command(program, *words), stdout=log, stderr=log, cwd=self.folder)

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/healthz", timeout=5) as answer:
            health: dict[str, Any] = json.load(answer)
            return health

    def stored(self) -> int:
        """Return how many readings are stored; 0 also while there is no store to read yet."""
        file = self.folder / "server" / "readings.sqlite"
        if not file.exists():
            return 0
        store = SqliteStore(file)
        try:
            return stored_totals(store).stored
        except ServerError:
            return 0
        finally:
            store.close()
