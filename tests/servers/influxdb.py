"""Real InfluxDB 1.6 from Debian's package, with or without authentication."""

import os
import urllib.parse
import urllib.request
from pathlib import Path

from servers.process import ServerProcess, free_port, program

ADMIN, ADMIN_PASSWORD = "admin", "admin-of-the-test"


class Influxdb:
    """One influxd on loopback; with `auth`, `ADMIN` exists and everything needs a user."""

    def __init__(self, folder: Path, *, auth: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.auth = free_port(), auth
        self.url = f"http://127.0.0.1:{self.port}"
        empty = folder / "empty.conf"
        empty.touch()
        environment = os.environ | {
            "INFLUXDB_META_DIR": str(folder / "meta"),
            "INFLUXDB_DATA_DIR": str(folder / "data"),
            "INFLUXDB_DATA_WAL_DIR": str(folder / "wal"),
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
            "INFLUXDB_HTTP_LOG_ENABLED": "false",
            "INFLUXDB_HTTP_AUTH_ENABLED": str(auth).lower(),
        }
        command = [program("influxd", "influxdb"), "run", "-config", str(empty)]
        self.server = ServerProcess(command, port=self.port, log=folder / "influxd.log", env=environment)

    def start(self) -> None:
        self.server.start()
        if self.auth:
            statement = f"CREATE USER {ADMIN} WITH PASSWORD '{ADMIN_PASSWORD}' WITH ALL PRIVILEGES"
            body = urllib.parse.urlencode({"q": statement}).encode()
            with urllib.request.urlopen(f"{self.url}/query", body, timeout=5) as answer:
                answer.read()
