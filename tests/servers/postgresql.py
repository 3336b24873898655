"""Real PostgreSQL from Debian's package, in a temporary folder."""

import itertools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psycopg

from servers.process import START_SECONDS, ServerProcess, eventually, free_port, program


class Postgresql:
    """One PostgreSQL on loopback. It refuses to run as root, so there the user `postgres` runs it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: int(found.parent.name))
        where = newest[-1] if newest else Path()
        initdb = program("initdb", "postgresql", elsewhere=(str(where / "initdb"),))
        server = program("postgres", "postgresql", elsewhere=(str(where / "postgres"),))
        data = folder / "data"
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["setpriv", "--reuid=postgres", f"--regid={pwd.getpwnam('postgres').pw_gid}", "--clear-groups"]
            shutil.chown(folder, "postgres")
            for parent in folder.parents:
                if parent.owner() == "root" and parent != Path("/") and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
        subprocess.run(
            [*as_user, initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = ["-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        command = [*as_user, server, "-D", str(data), "-p", str(self.port), *settings]
        self.server = ServerProcess(command, port=self.port, log=folder / "postgresql.log")
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start it and wait until it takes connections: it listens a while before that."""
        self.server.start()
        eventually(self._answers, within=START_SECONDS, what="PostgreSQL takes connections")

    def database(self, name: str = "", *, like: str = "template1") -> str:
        """Make another database, as `like` is, and return its address."""
        name = name or f"another{next(self._numbers)}"
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"create database {name} template {like}".encode())
        return f"{self.url.removesuffix('/postgres')}/{name}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url.replace("+psycopg", "")).close()
        except psycopg.OperationalError:
            return False
        return True
