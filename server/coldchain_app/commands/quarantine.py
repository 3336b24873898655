"""`coldchain-server quarantine`: what came in and could not be used, and trying it again."""

from collections.abc import Callable

import click

from coldchain_app.app import App
from coldchain_contract.clock import utc
from coldchain_contract.identifiers import DeviceId
from coldchain_server.errors import BadEntry
from coldchain_server.ingest.retrying import retry
from coldchain_server.spool.model import Entry

_SHOWN_BYTES = 2000


@click.group("quarantine")
def command() -> None:
    """See what came in and could not be used, and try it again once its cause is mended."""


@command.command("list")
@click.option("--device", help="Only what this device sent.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Only so many of the newest.")
@click.pass_obj
def list_entries(opened: Callable[[], App], device: str | None, limit: int) -> None:
    """List the newest entries, and what was beyond a device's quota."""
    spool = opened().spool()
    entries = spool.entries(device=DeviceId(device) if device else None, limit=limit)
    if not entries:
        click.echo(f"Nothing is quarantined{f' of {device}' if device else ''}.")
    for entry in entries:
        click.echo(_line(entry))
    for over in spool.overflows():
        if device in (None, over.device):
            click.echo(
                f"{over.device or 'unknown devices'}: quota full since {_when(over.since_ms)}; "
                f"{over.entries} more ({over.bytes} bytes) were not kept"
            )


@command.command("show")
@click.argument("number", type=click.IntRange(1))
@click.pass_obj
def show_entry(opened: Callable[[], App], number: int) -> None:
    """Show entry NUMBER: its reason and the beginning of what came."""
    entry = opened().spool().entry(number)
    item = entry.item
    click.echo(_line(entry))
    click.echo(f"detail:    {item.detail}")
    click.echo(f"topic:     {item.topic}")
    click.echo(f"last came: {_when(entry.last_ms)}")
    if item.outbox:
        click.echo(f"readings:  {item.sequences} of outbox {item.outbox}")
    click.echo(f"sha256:    {item.sha256}")
    click.echo(f"payload:   {item.length} bytes, {'whole' if entry.whole else f'the first {len(item.payload)} kept'}")
    click.echo(_readable(item.payload[:_SHOWN_BYTES]))


@command.command("retry")
@click.argument("number", type=click.IntRange(1), required=False)
@click.option("--all", "every", is_flag=True, help="Every entry that was kept whole.")
@click.option("--device", help="With --all: only what this device sent.")
@click.pass_obj
def retry_entries(opened: Callable[[], App], number: int | None, every: bool, device: str | None) -> None:
    """Receive entry NUMBER again, as the fleet file and enrolments are now. What can be used leaves the quarantine."""
    if every == (number is not None):
        raise click.UsageError("name an entry's NUMBER, or say --all")
    app = opened()
    spool, fleet, sessions = app.spool(), app.fleet(), app.sessions()
    numbers = [number] if number is not None else _whole_entries(app, device)
    if not numbers:
        click.echo("Nothing is quarantined that could be tried again.")
    for one in numbers:
        entry = spool.entry(one)
        if not entry.whole:
            raise BadEntry(
                f"entry {one} had {entry.item.length} bytes and was not kept whole; it cannot be tried again"
            )
        left = retry(entry, spool=spool, sessions=sessions, fleet=fleet)
        click.echo(f"{one}: {f'still refused: {left.detail}' if left else 'taken in'}")


@command.command("remove")
@click.argument("number", type=click.IntRange(1))
@click.pass_obj
def remove_entry(opened: Callable[[], App], number: int) -> None:
    """Throw entry NUMBER away."""
    opened().spool().remove(number)
    click.echo(f"{number}: removed")


def _whole_entries(app: App, device: str | None) -> list[int]:
    """Return the numbers of all entries kept whole, oldest first."""
    spool = app.spool()
    found = spool.entries(device=DeviceId(device) if device else None, limit=spool.quarantine_count())
    return [entry.id for entry in reversed(found) if spool.entry(entry.id).whole]


def _line(entry: Entry) -> str:
    item = entry.item
    times = f" ×{entry.times}" if entry.times > 1 else ""
    return (
        f"{entry.id:>6}  {_when(item.received_ms)}  {item.device or '-'}  {item.reason.value}{times}  {item.length} B"
    )


def _when(at_ms: int) -> str:
    return utc(at_ms).strftime("%Y-%m-%d %H:%M:%SZ")


def _readable(payload: bytes) -> str:
    text = payload.decode("utf-8", "backslashreplace")
    return text if text.replace("\n", "").isprintable() else payload.hex(" ")
