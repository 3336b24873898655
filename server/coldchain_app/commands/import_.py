"""`coldchain-server import`: files brought by hand, taken in while the server runs."""

import getpass
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from coldchain_app.app import App
from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_contract.settings import nearest
from coldchain_server.actions.audit import note
from coldchain_server.asking import losses
from coldchain_server.asking.losses import Loss
from coldchain_server.enrolment.enrolments import signing_keys
from coldchain_server.errors import BadEntry, ServerError, UnknownThing
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.importing import Summary, import_file
from coldchain_server.ingest.reception import Known
from coldchain_server.ingest.words import enrolments

_FILES_FAILED = 1


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--unit", help="The cooler that a file belongs to which does not say so itself.")
@click.option("--device", help="The device that a file belongs to which does not say so itself.")
@click.option(
    "--unsigned", is_flag=True, help="Take in readings that no device has signed; the audit trail says who did."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@click.pass_context
def command(
    context: click.Context,
    files: tuple[Path, ...],
    *,
    unit: str | None,
    device: str | None,
    unsigned: bool,
    as_json: bool,
) -> None:
    """Take in FILES, such as the bundle on a USB key; each again as often as you like, nothing counts twice.

    Exit code 1 where a file could not be taken in; the other files are.
    """
    opened: Callable[[], App] = context.obj
    app = opened()
    wanted = _context(app, unit=unit, device=device, unsigned=unsigned)
    failed = False
    for file in files:
        try:
            summary = _imported(app, file, wanted, bar=not as_json and sys.stderr.isatty())
        except ServerError as error:
            failed = True
            click.echo(_json(file, error=str(error)) if as_json else f"{file}: {error}", err=not as_json)
        else:
            click.echo(_json(file, summary=summary) if as_json else f"{file}: {_told(summary)}")
    if failed:
        context.exit(_FILES_FAILED)


def _context(app: App, *, unit: str | None, device: str | None, unsigned: bool) -> ImportContext:
    fleet = app.fleet()
    for name, kind, known in ((unit, "unit", list(fleet.units)), (device, "device", list(fleet.devices))):
        if name is not None and name not in known:
            near = nearest(name, known)
            raise UnknownThing(f"no {kind} {name!r} in the fleet file" + (f"; did you mean {near}?" if near else ""))
    return ImportContext(
        known=Known.of(fleet, enrolments(app.sessions())),
        now_ms=app.clock.now_ms(),
        keys=signing_keys(app.sessions()),
        unsigned=unsigned,
        unit=UnitId(unit) if unit else None,
        device=DeviceId(device) if device else None,
    )


def _imported(app: App, file: Path, wanted: ImportContext, *, bar: bool) -> Summary:
    """Import one file, its audit row written first where nobody vouches for it."""
    if not file.is_file():
        raise BadEntry("there is no such file")
    if wanted.unsigned:
        with app.sessions().begin() as session:
            note(session, at_ms=wanted.now_ms, who=getpass.getuser(), action="import-unsigned", subject=file.name)
    showing: AbstractContextManager[Any] = nullcontext()
    if bar:
        showing = click.progressbar(length=file.stat().st_size, label=file.name, file=sys.stderr)
    with showing as shown:
        done = 0

        def progress(now: int) -> None:
            nonlocal done
            if shown is not None:
                shown.update(now - done)
            done = now

        return import_file(
            file,
            msgspec.structs.replace(wanted, file=file.name),
            spool=app.spool(),
            name_loss=partial(_name_loss, app),
            progress=progress,
        )


def _name_loss(app: App, loss: Loss) -> None:
    with app.sessions().begin() as session:
        losses.enter(session, loss, now_ms=app.clock.now_ms())


def _told(summary: Summary) -> str:
    said = f"{summary.format}: {summary.new} new readings, {summary.known} known already"
    said += f", {summary.lost} named as lost for good" if summary.lost else ""
    refused = ", ".join(f"{count} {reason.value}" for reason, count in summary.refused.items())
    return f"{said}; refused and kept in quarantine: {refused}" if refused else said


def _json(file: Path, *, summary: Summary | None = None, error: str = "") -> str:
    if summary is None:
        return msgspec.json.encode({"file": str(file), "error": error}).decode()
    return msgspec.json.encode({"file": str(file), **msgspec.to_builtins(summary, str_keys=True)}).decode()
