"""`coldchain-device export`: readings onto a USB key, as a signed bundle or a sheet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import click
import msgspec

from coldchain_contract.bundle import UNSIGNED
from coldchain_contract.clock import milliseconds
from coldchain_device.clock import Stamp, SystemClock
from coldchain_device.errors import ExportFailed
from coldchain_device.export.bundling import Maker
from coldchain_device.export.file import check_room
from coldchain_device.export.selection import Wanted, open_card, open_file, select
from coldchain_device.export.taking import Taken, take_bundle, take_sheet
from coldchain_device.health import software_version
from coldchain_device.loading import load_settings
from coldchain_device.outbox.model import BEGINNING, END
from coldchain_device.settings import DeviceSettings

_DATES = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--csv", "as_sheet", is_flag=True, help="Write a CSV sheet, which nothing signs, instead of a bundle.")
@click.option("--from", "from_", type=_DATES, help="Only readings from this date or time (UTC) on, as 2026-03-01.")
@click.option("--until", type=_DATES, help="Only readings up to the end of this date, or before this time (UTC).")
@click.option(
    "--all/--unconfirmed", "everything", default=True, help="All that is on the card (default), or what waits."
)
@click.option("--file", "of", type=click.Path(path_type=Path), help="Of this outbox file, of any card, damaged or not.")
@click.option(
    "--undated", is_flag=True, help="With --file: date by this machine's clock what has no date, with bounds."
)
@click.option("--unsigned", is_flag=True, help="Write a bundle that nobody signed, where there is no signing_key.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(
    config: Path,
    *,
    folder: Path,
    as_sheet: bool,
    from_: datetime | None,
    until: datetime | None,
    everything: bool,
    of: Path | None,
    undated: bool,
    unsigned: bool,
    as_json: bool,
) -> None:
    """Write readings into FOLDER, such as a USB key, while the agent goes on.

    The same readings always go into the same file: doing it again writes nothing, and nothing else is overwritten.
    """
    if undated and of is None:
        raise click.UsageError("--undated goes with --file: on its own card the agent dates its readings itself")
    settings = load_settings(config)
    maker = _maker(settings, unsigned=unsigned or as_sheet)
    check_room(folder, 0)
    with ExitStack() as opened:
        if of is None:
            outboxes = open_card(settings.data_folder / "outbox.sqlite", opened)
        else:
            outboxes = open_file(of, opened, dated_by=_this_moment(maker.now_ms) if undated else None)
        selected = select(
            outboxes, Wanted(from_ms=_from_ms(from_), before_ms=_before_ms(until), unconfirmed=not everything)
        )
        if not any(one.sequences.ranges for one in selected):
            raise ExportFailed("nothing to take away: no reading with a known time is among what you asked for")
        take = take_sheet if as_sheet else take_bundle
        with _progress(sum(len(one.sequences) for one in selected), shown=not as_json) as progress:
            taken = take(selected, folder, maker=maker, progress=progress)
    click.echo(msgspec.json.encode(taken).decode() if as_json else _told(taken))


def _maker(settings: DeviceSettings, *, unsigned: bool) -> Maker:
    return Maker(
        site=settings.site,
        device=settings.device,
        software=software_version(),
        now_ms=SystemClock(has_rtc=settings.has_rtc).now_ms(),
        key=UNSIGNED if unsigned else _key(settings),
    )


def _key(settings: DeviceSettings) -> bytes:
    if settings.signing_key is None:
        raise ExportFailed("device.toml has no signing_key: enrol the device, or use --unsigned, or --csv")
    try:
        key = bytes.fromhex(settings.signing_key.reveal())
    except ValueError as error:
        raise ExportFailed("the signing_key of device.toml is not in hex: write it as enrolment gave it") from error
    return key


def _from_ms(at: datetime | None) -> int:
    return BEGINNING if at is None else milliseconds(at.replace(tzinfo=UTC))


def _before_ms(at: datetime | None) -> int:
    """A date alone means that day too."""
    if at is None:
        return END
    until = at + timedelta(days=1) if at.time() == datetime.min.time() else at
    return milliseconds(until.replace(tzinfo=UTC))


def _this_moment(now_ms: int) -> Stamp:
    return Stamp(boot_id=f"export-{uuid4()}", uptime_ms=0, wall_ms=now_ms, trusted=True)


@contextmanager
def _progress(readings: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    with click.progressbar(length=readings, label="readings", file=sys.stderr) as bar:
        yield bar.update


def _told(taken: Taken) -> str:
    lines = [f"{taken.file}: {taken.readings} readings" + (", there already" if taken.already else "")]
    if taken.undated:
        lines.append(f"{taken.undated} readings have no time yet and are not in it")
    if taken.left_out:
        lines.append(f"{taken.left_out} readings fit into no pack and are not in it; --csv has them")
    lines += [f"lost for good, of outbox {outbox}: {numbers}" for outbox, numbers in taken.lost.items()]
    return "\n".join(lines)
