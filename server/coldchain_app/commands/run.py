"""`coldchain-server run`: the server, until it is told to stop."""

import gc
import signal
import threading
from collections.abc import Callable

import click
import sdnotify
import structlog

from coldchain_app.app import App
from coldchain_app.server import PARTS, Server

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
@click.pass_obj
def command(opened: Callable[[], App], only: tuple[str, ...]) -> None:
    """Run the server: all parts in one process, or those named with --only.

    Several processes may share the work: ingest, writing and judging where the spool's folder is shared, every other
    part where the ledger is.
    """
    stopping = threading.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stopping.set())
    server = Server(opened(), only=only)
    server.start()
    gc.freeze()  # what is open by now stays; looking through it for garbage again and again costs a third of ingest
    log.info("server runs", parts=",".join(only))
    try:
        _watch(server, stopping)
    finally:
        log.info("server stops")
        server.stop()


def _watch(server: Server, stopping: threading.Event) -> None:
    """Tell systemd that the server is ready, and then, while no stage hangs, that it is alive."""
    systemd = sdnotify.SystemdNotifier()
    systemd.notify("READY=1")
    hung: list[str] = []
    while not stopping.wait(_ASK_EVERY_S):
        before, hung = hung, server.hung()
        if not hung:
            systemd.notify("WATCHDOG=1")
        elif hung != before:
            log.error("stages hang; the watchdog is no longer fed", stages=",".join(hung))
    systemd.notify("STOPPING=1")
