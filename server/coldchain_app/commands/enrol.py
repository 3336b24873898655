"""`coldchain-server enrol`: lets a device, or the server itself, into the broker."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from coldchain_app.app import App
from coldchain_contract.identifiers import DeviceId
from coldchain_server.enrolment import BrokerAdmin, Enrolments
from coldchain_server.enrolment.device_file import BrokerAddress, device_toml, source_sheet
from coldchain_server.errors import BadEntry

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_SECRET_FILE = 0o640


@click.command("enrol")
@click.argument("device", required=False)
@click.option("--server", is_flag=True, help="Let the server itself in, instead of a device.")
@click.option("--rotate", is_flag=True, help="Give what is enrolled already a new password and key.")
@click.option("--withdraw", is_flag=True, help="Let the device speak no more.")
@click.option("--renew", is_flag=True, help="Bring every device's access list up to date, as after an update.")
@click.option("--output", type=click.Path(path_type=Path), help="Write there instead of to the screen.")
@click.option("--host", help="The broker as the device reaches it; else as the server does.")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port; else the server's.")
@click.option("--tls/--no-tls", default=None, help="Whether the device encrypts; else as the server does.")
@click.pass_obj
def command(
    opened: Callable[[], App],
    device: str | None,
    *,
    server: bool,
    rotate: bool,
    withdraw: bool,
    renew: bool,
    output: Path | None,
    host: str | None,
    port: int | None,
    tls: bool | None,
) -> None:
    """Let DEVICE into the broker, and print the device.toml for its card; of a source, what to type into it.

    Its password and key are shown this once. A device that is enrolled already is left alone without --rotate.
    """
    if (
        [device is not None, server, renew].count(True) != 1
        or (withdraw and (server or rotate))
        or (renew and (withdraw or rotate))
    ):
        raise click.UsageError("name a DEVICE, or say --server, or --renew; --withdraw stands alone with a DEVICE")
    app = opened()
    if renew:
        renewed = enrolments(app).renew()
        click.echo(
            f"The access lists of {len(renewed)} devices are up to date: {', '.join(renewed) or 'none is let in'}."
        )
        return
    if server:
        _enrol_server(app, output, rotate=rotate)
        return
    name = DeviceId(device or "")
    if withdraw:
        enrolments(app).withdraw(name)
        click.echo(f"{name} is withdrawn: what it sends from now on is set aside.")
        return
    _check_free(output, rotate=rotate)
    mqtt = app.settings.mqtt
    address = BrokerAddress(host=host or mqtt.host, port=port or mqtt.port, tls=mqtt.tls if tls is None else tls)
    credentials, fleet = enrolments(app).enrol(name, rotate=rotate), app.fleet()
    if name in fleet.sources:
        _hand_over(source_sheet(credentials, broker=address, fleet=fleet), output)
    else:
        _hand_over(device_toml(credentials, broker=address, fleet=fleet, now_ms=app.clock.now_ms()), output)
    if credentials.password is None:
        click.echo(
            "No [broker_admin] in the settings: only the ledger was changed, the broker's access list was not.",
            err=True,
        )
    if address.host in _LOOPBACK:
        click.echo(f"The broker's host is {address.host}: a device elsewhere needs --host.", err=True)


def enrolments(app: App) -> Enrolments:
    """Return what enrols, with the broker's administrator where the settings name one."""
    mqtt, admin = app.settings.mqtt, app.settings.broker_admin
    broker = BrokerAdmin(admin, host=mqtt.host, port=mqtt.port, tls=mqtt.tls, ca_file=mqtt.ca_file) if admin else None
    return Enrolments(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock, broker=broker)


def _enrol_server(app: App, output: Path | None, *, rotate: bool) -> None:
    mqtt = app.settings.mqtt
    _check_free(output, rotate=rotate)
    client_id = mqtt.client_id if mqtt.workers == 1 else None  # several have a session each, under names of their own
    password = enrolments(app).enrol_server(username=mqtt.username, client_id=client_id, rotate=rotate).reveal()
    if output is None:
        click.echo(f'[mqtt]\nusername = "{mqtt.username}"\npassword = "{password}"')
        return
    _hand_over(password + "\n", output)
    click.echo(f'Say in the server\'s settings: [mqtt] password_file = "{output}"', err=True)


def _check_free(output: Path | None, *, rotate: bool) -> None:
    """Refuse to write over a file before anything has been changed that it would have to hold."""
    if output is None:
        return
    if output.exists() and not rotate:
        raise BadEntry(f"{output} is there already; name another file, or --rotate to replace what it holds")
    if not output.parent.is_dir():
        raise BadEntry(f"there is no folder {output.parent} to write {output.name} in")


def _hand_over(text: str, output: Path | None) -> None:
    """Print `text`, or write it to a file that its owner and the folder's group may read and nobody else."""
    if output is None:
        click.echo(text, nl=False)
        return
    new = output.with_name(output.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _SECRET_FILE), "w", encoding="utf-8") as file:
        file.write(text)
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        os.chown(new, -1, output.parent.stat().st_gid)
    new.replace(output)
    click.echo(f"Wrote {output}.", err=True)
