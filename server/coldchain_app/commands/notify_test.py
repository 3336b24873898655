"""`coldchain-server notify-test`: one message to one person, and what became of it."""

from collections.abc import Callable, Iterator

import click

from coldchain_app.app import App
from coldchain_contract.settings import nearest
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.addresses import kind_of
from coldchain_server.fleet.model import Contact, Fleet
from coldchain_server.notifications.channels import Message, open_channel
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import trial_text


@click.command("notify-test")
@click.argument("contact")
@click.pass_context
def command(context: click.Context, contact: str) -> None:
    """Send a message to CONTACT by each of their channels and print what became of it; exit 1 where one failed."""
    opened: Callable[[], App] = context.obj
    app = opened()
    person = _contact(app.fleet(), contact)
    outcomes = list(_tried(person, app.settings.notifications))
    for number, (delivered, said) in enumerate(outcomes):
        click.echo(f"{person.name}, channel {number} ({kind_of(person.channels[number])}): {said}", err=not delivered)
    if not all(delivered for delivered, _ in outcomes):
        context.exit(1)


def _contact(fleet: Fleet, wanted: str) -> Contact:
    by_id = {contact.id: contact for contact in fleet.contacts}
    if wanted not in by_id:
        near = nearest(wanted, by_id)
        hint = f"; did you mean {near}?" if near else ""
        raise UnknownThing(f"the fleet file has no contact {wanted!r}, but {', '.join(by_id) or 'none at all'}{hint}")
    return by_id[wanted]


def _tried(person: Contact, settings: NotificationSettings) -> Iterator[tuple[bool, str]]:
    message = Message(to=person.name, title="coldchain", text=trial_text(person.name, person.language))
    for address in person.channels:
        try:
            yield True, open_channel(address, settings).tell(message).said
        except ChannelFailed as failure:
            yield False, str(failure)
