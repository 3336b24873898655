"""`coldchain-server request`: asking a device for something, and what became of it."""

import getpass
import time
from collections.abc import Callable
from uuid import UUID

import click
import msgspec
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_contract.clock import utc
from coldchain_contract.errors import BadSequences
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.messages import Status
from coldchain_contract.sequences import Sequences
from coldchain_contract.settings import nearest
from coldchain_server.actions.audit import note
from coldchain_server.actions.requesting import ask
from coldchain_server.asking import requests
from coldchain_server.asking.gaps import MOST_RANGES
from coldchain_server.asking.requests import Action, State, Wish
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.model import Device, Fleet
from coldchain_server.ledger.tables import DeviceStatusRow, RequestRow

_POLL_S = 0.5
_SHOWN_RANGES = 60
_NONE = Sequences()

_wait = click.option("--wait", is_flag=True, help="Wait for the answer; exit 1 where it is no, or does not come.")
_device = click.argument("device")


@click.group("request")
def command() -> None:
    """Ask a device: to read now, to blink, to be silent, to send readings again; and see what became of it."""


@command.command("read")
@_device
@_wait
@click.pass_context
def read(context: click.Context, device: str, *, wait: bool) -> None:
    """Have DEVICE read all its probes now, and send what waits."""
    _ask(context, device, Action.READ, wait=wait)


@command.command("identify")
@_device
@_wait
@click.pass_context
def identify(context: click.Context, device: str, *, wait: bool) -> None:
    """Have the light of DEVICE blink, so that whoever stands before it knows which one it is."""
    _ask(context, device, Action.IDENTIFY, wait=wait)


@command.command("silence")
@_device
@_wait
@click.pass_context
def silence(context: click.Context, device: str, *, wait: bool) -> None:
    """Have DEVICE go by as if its button had been pressed: the alarm was heard."""
    _ask(context, device, Action.SILENCE, wait=wait)


@command.command("resend")
@_device
@click.argument("ranges")
@click.option("--outbox", type=click.UUID, help="Of this outbox; not named: the one the device uses now.")
@click.option("--anew", is_flag=True, help="The store has lost them: write them again, though they came already.")
@_wait
@click.pass_context
def resend(context: click.Context, device: str, ranges: str, *, outbox: UUID | None, anew: bool, wait: bool) -> None:
    """Have DEVICE send RANGES of its readings again, such as 1-40,43.

    What came already only counts as a repetition, unless --anew says that the store has lost it.
    """
    try:
        numbers = Sequences.parse(ranges)
    except BadSequences as error:
        raise BadEntry(str(error)) from error
    if len(numbers.ranges) > MOST_RANGES:
        raise BadEntry(f"{len(numbers.ranges)} ranges are over {MOST_RANGES}: ask in several requests")
    opened: Callable[[], App] = context.obj
    app = opened()
    of = outbox or _outbox_of(app, _known(app.fleet(), device))
    if anew:
        app.spool().want_anew(of, numbers)
    _ask(context, device, Action.RESEND, wait=wait, sequences=numbers, outbox=of)


@command.command("list")
@click.option("--device", help="Only what was asked of this device.")
@click.option("--all", "every", is_flag=True, help="What is closed too, not only what is open.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Only so many of the newest.")
@click.pass_obj
def list_requests(opened: Callable[[], App], *, device: str | None, every: bool, limit: int) -> None:
    """List what is asked of devices and not answered yet, the newest first."""
    wanted = select(RequestRow).order_by(RequestRow.created_ms.desc()).limit(limit)
    wanted = wanted if every else wanted.where(RequestRow.state == State.OPEN.value)
    wanted = wanted if device is None else wanted.where(RequestRow.device == device)
    with opened().sessions()() as session:
        rows = session.scalars(wanted).all()
    for row in rows:
        click.echo(_line(row))
    if not rows:
        click.echo(f"Nothing {'was' if every else 'is'} asked{f' of {device}' if device else ''}.")


@command.command("cancel")
@click.argument("number")
@click.pass_obj
def cancel(opened: Callable[[], App], number: str) -> None:
    """Ask no longer for what request NUMBER asks for."""
    app = opened()
    with app.sessions().begin() as session:
        row = session.get(RequestRow, number)
        if row is None:
            raise UnknownThing(f"there is no request {number}; `coldchain-server request list` shows them")
        now_ms = app.clock.now_ms()
        if not requests.cancel(session, number, at_ms=now_ms):
            raise BadEntry(f"request {number} is {row.state} already")
        note(session, at_ms=now_ms, who=getpass.getuser(), action="cancel-request", subject=f"device {row.device}")
    click.echo(f"{number}: cancelled")


def _ask(
    context: click.Context,
    name: str,
    action: Action,
    *,
    wait: bool,
    sequences: Sequences = _NONE,
    outbox: UUID | None = None,
) -> None:
    opened: Callable[[], App] = context.obj
    app = opened()
    device = _known(app.fleet(), name)
    wish = Wish(device=device, action=action, who=getpass.getuser(), sequences=sequences, outbox=outbox)
    with app.sessions().begin() as session:
        row = ask(session, wish, now_ms=app.clock.now_ms())
    click.echo(f"{row.id}: asked of {device.id}, until {_when(row.expires_ms)}")
    if wait and not _answered(app, row.id):
        context.exit(1)


def _answered(app: App, number: str) -> bool:
    """Print what became of the request once it is closed; False where it was not done."""
    while True:
        with app.sessions()() as session:
            row = session.get_one(RequestRow, number)
        if row.state == State.OPEN.value and app.clock.now_ms() > row.expires_ms:
            click.echo(f"{number}: not answered; does the server run?", err=True)
            return False
        if row.state != State.OPEN.value:
            click.echo(f"{number}: {row.state}{f': {row.answer}' if row.answer else ''}", err=row.state != "done")
            return row.state == State.DONE.value
        time.sleep(_POLL_S)


def _known(fleet: Fleet, name: str) -> Device:
    device = fleet.devices.get(DeviceId(name))
    if device is None:
        near = nearest(name, list(fleet.devices))
        raise UnknownThing(f"device {name} is not in the fleet file" + (f"; did you mean {near}?" if near else ""))
    return device


def _outbox_of(app: App, device: Device) -> UUID:
    """Return the outbox that the device's last status named."""
    with app.sessions()() as session:
        row = session.get(DeviceStatusRow, device.id)
        outbox = msgspec.json.decode(row.status, type=Status).outbox if row else ""
    if not outbox:
        raise BadEntry(f"{device.id} has not said yet which outbox it uses: name one with --outbox")
    return UUID(outbox)


def _line(row: RequestRow) -> str:
    what = f"{row.action} {row.sequences[:_SHOWN_RANGES]}".rstrip()
    said = f": {row.answer}" if row.answer else ""
    return f"{row.id}  {_when(row.created_ms)}  {row.device}  {what}  asked {row.tries} times  {row.state}{said}"


def _when(at_ms: int) -> str:
    return utc(at_ms).strftime("%Y-%m-%d %H:%M:%SZ")
