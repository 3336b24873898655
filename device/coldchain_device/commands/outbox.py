"""`coldchain-device outbox`: what waits on the card, since when, and what is lost."""

from contextlib import ExitStack
from pathlib import Path

import click
import msgspec

from coldchain_contract.clock import utc
from coldchain_device.clock import SystemClock
from coldchain_device.export.selection import open_card
from coldchain_device.health import disk_free_bytes
from coldchain_device.loading import load_settings
from coldchain_device.outbox import OutboxReader
from coldchain_device.outbox.aside import files_set_aside, salvage_of, size_of
from coldchain_device.outbox.settled import Fate

_MOST_SHOWN = 200


class OutboxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One outbox as `outbox` shows it; numbers are written as in the contract, `1-40,43`."""

    file: str
    outbox: str
    bytes: int
    lowest: int
    highest: int
    waiting: str
    waiting_readings: int
    oldest_waiting_ms: int | None
    undated: int
    stored: int
    refused: dict[str, str]
    lost: str


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """A damaged file; `salvaged` where what could be read of it is an outbox of its own by now."""

    file: str
    bytes: int
    salvaged: bool


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is on the card: the outbox that is added to first, then those salvaged from damaged files."""

    outboxes: tuple[OutboxLine, ...]
    set_aside: tuple[SetAside, ...]
    disk_free_bytes: int | None


@click.command("outbox")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(config: Path, as_json: bool) -> None:
    """Show what is on the card and what of it waits for the server. Only reads, also while the agent runs."""
    settings = load_settings(config)
    path = settings.data_folder / "outbox.sqlite"
    with ExitStack() as opened:
        card = Card(
            outboxes=tuple(map(line_of, open_card(path, opened))),
            set_aside=tuple(
                SetAside(file=one.name, bytes=size_of(one), salvaged=salvage_of(one).exists())
                for one in files_set_aside(path)
            ),
            disk_free_bytes=disk_free_bytes(settings.data_folder),
        )
    now_ms = SystemClock(has_rtc=settings.has_rtc).now_ms()
    click.echo(msgspec.json.encode(card).decode() if as_json else text_of(card, now_ms=now_ms))


def line_of(outbox: OutboxReader) -> OutboxLine:
    """Read what there is to say of one outbox."""
    extent = outbox.extent()
    return OutboxLine(
        file=outbox.path.name,
        outbox=str(outbox.id),
        bytes=size_of(outbox.path),
        lowest=extent.lowest_sequence,
        highest=extent.highest_sequence,
        waiting=str(outbox.waiting()),
        waiting_readings=extent.unconfirmed,
        oldest_waiting_ms=extent.oldest_unconfirmed_ms,
        undated=extent.untimed,
        stored=len(outbox.held(outbox.settled(Fate.STORED))),
        refused={reason: str(numbers) for reason, numbers in outbox.refused().items()},
        lost=str(outbox.settled(Fate.LOST)),
    )


def text_of(card: Card, *, now_ms: int) -> str:
    """Return it all for a person."""
    lines = [line for outbox in card.outboxes for line in _lines(outbox, now_ms)]
    for one in card.set_aside:
        became = "what could be read of it is sent from the salvaged one" if one.salvaged else "not salvaged (yet)"
        lines.append(f"{one.file}: damaged, {_megabytes(one.bytes)}; {became}")
    if card.disk_free_bytes is not None:
        lines.append(f"{_megabytes(card.disk_free_bytes)} free on the card")
    return "\n".join(lines)


def _lines(one: OutboxLine, now_ms: int) -> list[str]:
    said = [
        f"{one.file}: outbox {one.outbox}, {_megabytes(one.bytes)}, numbers {one.lowest} to {one.highest}",
        f"  stored by the server: {one.stored}",
        f"  waiting: {one.waiting_readings}{_since(one, now_ms)}{_numbers(one.waiting)}",
    ]
    said += [f"  without a time yet: {one.undated}"] if one.undated else []
    said += [f"  refused, {reason}{_numbers(numbers)}" for reason, numbers in one.refused.items()]
    return said + ([f"  lost for good{_numbers(one.lost)}"] if one.lost else [])


def _since(one: OutboxLine, now_ms: int) -> str:
    if one.oldest_waiting_ms is None:
        return ""
    minutes = max(0, now_ms - one.oldest_waiting_ms) // 60_000
    age = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
    return f", the oldest for {age} (since {utc(one.oldest_waiting_ms):%Y-%m-%d %H:%M} UTC)"


def _numbers(text: str) -> str:
    if not text:
        return ""
    return f": {text}" if len(text) <= _MOST_SHOWN else f": {text[:_MOST_SHOWN]} … (--json has them all)"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
