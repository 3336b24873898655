"""`coldchain-server run`: the server, until it is told to stop."""

import os
import signal
import sys
import threading
from pathlib import Path

import click
import sdnotify
import structlog

from coldchain_app.interpreter import settled
from coldchain_app.server import PARTS, Server
from coldchain_app.workers import Command

log = structlog.get_logger()

_ASK_EVERY_S = 10.0


def _parts(_context: click.Context, _option: click.Parameter, chosen: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for text in chosen for name in text.split(","))
    for name in names:
        if name not in PARTS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(PARTS)}")
    return names or PARTS


@click.command("run")
@click.option(
    "--only", multiple=True, metavar="PART[,PART]", callback=_parts, help=f"Only these of {', '.join(PARTS)}."
)
@click.option("--worker", type=click.IntRange(min=2), hidden=True, help="Which ingest worker this is; started by run.")
@click.pass_context
def command(context: click.Context, only: tuple[str, ...], worker: int | None) -> None:
    """Run the server: all parts in one process, or those named with --only.

    Several processes may share the work: writing and judging where the spool's folder is shared, every other part where
    the ledger is. How many processes take messages from the broker, `[mqtt] workers` says.
    """
    stopping = threading.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stopping.set())
    if worker is not None:
        threading.Thread(target=_stop_with_the_first, args=(stopping,), daemon=True).start()
    server = Server(context.obj(), only=only, worker=worker or 1, others=_workers_of(context.obj.config))
    server.start()
    log.info("server runs", parts=",".join(only), worker=worker or 1)
    try:
        with settled():
            _watch(server, stopping, until_hung=worker is not None)
    finally:
        log.info("server stops")
        server.stop()


def _workers_of(config: Path) -> Command:
    """Return what starts an ingest worker on the same settings."""
    program = "from coldchain_app.entry import main; main()"

    def command_of(number: int) -> list[str]:
        run = ["run", "--only", "ingest", "--worker", str(number)]
        return [sys.executable, "-c", program, "--config", str(config), *run]

    return command_of


def _stop_with_the_first(stopping: threading.Event) -> None:
    """Wait until the process that started this one is gone, with which the pipe to it ends."""
    sys.stdin.buffer.read()
    stopping.set()


def _watch(server: Server, stopping: threading.Event, *, until_hung: bool) -> None:
    """Tell systemd that the server is ready, and then, while no stage hangs, that it is alive.

    With `until_hung` end this process at once where a stage hangs: whoever started it starts it again.
    """
    systemd = sdnotify.SystemdNotifier()
    systemd.notify("READY=1")
    hung: list[str] = []
    while not stopping.wait(_ASK_EVERY_S):
        if server.outdated():
            server.renew()
        before, hung = hung, server.hung()
        if not hung:
            systemd.notify("WATCHDOG=1")
        elif hung != before:
            log.error("stages hang; the watchdog is no longer fed", stages=",".join(hung))
            if until_hung:
                os._exit(1)
    systemd.notify("STOPPING=1")
