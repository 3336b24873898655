"""`coldchain-server missed-call`: somebody rang the modem's number and was hung up on, which answers for free."""

from collections.abc import Callable

import click

from coldchain_app.app import App
from coldchain_server.actions import Actions
from coldchain_server.fleet.phones import MODEM


@click.command("missed-call")
@click.argument("caller")
@click.option("--line", default="", help="Which of our numbers was rung, where [[notifications.lines]] has several.")
@click.pass_context
def command(context: click.Context, caller: str, line: str) -> None:
    """Take a call from CALLER for an answer to what they were told last, and text what was understood.

    For gammu-smsd's RunOnIncomingCall, which puts the number behind whatever it runs. Who is not known is ignored.
    """
    opened: Callable[[], App] = context.obj
    app = opened()
    settings = app.settings.notifications
    actions = Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
    answer = settings.gateways().answer_of(line)
    call = f"modem {app.clock.now_ms()}"
    actions.answer_missed_call(caller, answer, call=call, by=MODEM if settings.modem is not None else "")
