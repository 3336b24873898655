"""`coldchain-server notify-test`: one message to one person, and what became of it."""

from collections.abc import Callable, Collection, Iterator

import click
import msgspec

from coldchain_app.app import App
from coldchain_contract.settings import nearest
from coldchain_server.answers.told import trial_id
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.fleet.phones import CALL_KINDS, SMS_KINDS
from coldchain_server.notifications.channels import Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import trial_text


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the message by one channel, which is at a place in the contact's list."""

    channel: int
    kind: str
    delivered: bool
    said: str


@click.command("notify-test")
@click.argument("contact")
@click.option("--call", "ways", flag_value="call", help="Only the channels that call.")
@click.option("--sms", "ways", flag_value="sms", help="Only the channels that send SMS.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of it as JSON.")
@click.pass_context
def command(context: click.Context, contact: str, ways: str | None, as_json: bool) -> None:
    """Send a message to CONTACT by each of their channels and print what became of it; exit 1 where one failed.

    A call says that it is a trial, and thanks for any key that answers.
    """
    opened: Callable[[], App] = context.obj
    app = opened()
    person = _contact(app.fleet(), contact)
    message = _message(person, now_ms=app.clock.now_ms())
    tried = list(_tried(person, message, app.settings.notifications, kinds=_kinds(person, ways)))
    if as_json:
        click.echo(msgspec.json.encode(tried).decode())
    for one in tried if not as_json else ():
        click.echo(f"{person.name}, channel {one.channel} ({one.kind}): {one.said}", err=not one.delivered)
    if not all(one.delivered for one in tried):
        context.exit(1)


def _contact(fleet: Fleet, wanted: str) -> Contact:
    by_id = {contact.id: contact for contact in fleet.contacts}
    if wanted not in by_id:
        near = nearest(wanted, by_id)
        hint = f"; did you mean {near}?" if near else ""
        raise UnknownThing(f"the fleet file has no contact {wanted!r}, but {', '.join(by_id) or 'none at all'}{hint}")
    return by_id[wanted]


def _kinds(person: Contact, ways: str | None) -> Collection[str]:
    """Return the kinds of channels to try; `UnknownThing` where the person has none of those that were asked for."""
    own = {kind_of(address) for address in person.channels}
    if ways is None:
        return own
    wanted = CALL_KINDS if ways == "call" else SMS_KINDS
    if not own & wanted:
        raise UnknownThing(
            f"contact {person.id!r} has no channel that {'calls' if ways == 'call' else 'sends SMS'}; "
            f"give them one such as {min(wanted)}:+22370000001 in the fleet file"
        )
    return own & wanted


def _message(person: Contact, *, now_ms: int) -> Message:
    return Message(
        to=person.name,
        title="coldchain",
        text=trial_text(person.name, person.language),
        id=trial_id(person.id, now_ms=now_ms),
        language=person.language,
    )


def _tried(
    person: Contact, message: Message, settings: NotificationSettings, *, kinds: Collection[str]
) -> Iterator[Tried]:
    for place, address in enumerate(person.channels):
        kind = kind_of(address)
        if kind not in kinds:
            continue
        try:
            said = open_channel(address, settings).tell(message).said
        except ChannelFailed as failure:
            yield Tried(channel=place, kind=kind, delivered=False, said=str(failure))
        else:
            yield Tried(channel=place, kind=kind, delivered=True, said=said)
