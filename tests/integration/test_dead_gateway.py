"""A gateway that refuses everybody is an incident of its own, told by the ways that still work."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from coldchain_app.app import App
from coldchain_app.real_clock import RealClock
from coldchain_app.server import Server
from coldchain_app.settings import ServerSettings
from coldchain_contract.settings import Secret
from coldchain_server.fleet.model import Contact, Fleet, Role
from coldchain_server.gateways.settings import AfricasTalkingSettings
from coldchain_server.ledger.tables import IncidentRow
from coldchain_server.notifications.settings import NotificationSettings
from invented.found import find_too_warm
from scenarios.chain import SITE, fleet
from servers.process import eventually
from servers.web_hook import WebHook
from stand_ins import africas_talking
from stand_ins.africas_talking import AfricasTalking


@pytest.fixture
def atalk() -> Iterator[AfricasTalking]:
    server = AfricasTalking()
    yield server
    server.close()


@pytest.fixture
def hook() -> Iterator[WebHook]:
    server = WebHook()
    yield server
    server.close()


def fleet_told_by(hook: WebHook) -> Fleet:
    """Aminata is told by SMS through the gateway, the technician by a web hook."""
    aminata = msgspec.structs.replace(fleet().contacts[0], channels=("atalk-sms:+22370000001",))
    moussa = Contact(
        id="moussa", name="Moussa", language="fr", role=Role.TECHNICIAN, sites=(SITE,), channels=(hook.url("moussa"),)
    )
    return msgspec.structs.replace(fleet(), contacts=(aminata, moussa))


def states(app: App) -> dict[str, str]:
    with app.sessions()() as session:
        return {row.reason: row.state for row in session.scalars(select(IncidentRow))}


def test_a_refused_account_is_told_by_another_way_and_over_when_the_gateway_takes_something(
    tmp_path: Path, atalk: AfricasTalking, hook: WebHook
) -> None:
    account = AfricasTalkingSettings(
        username=africas_talking.USERNAME, api_key=Secret(africas_talking.KEY), api=atalk.url
    )
    told = NotificationSettings(africas_talking=account, first_retry_s=1)
    settings = ServerSettings(data=str(tmp_path), notifications=told)
    app = App(settings, clock=RealClock(), fleet=fleet_told_by(hook))
    atalk.account_closed = True
    server = Server(app, only=("incidents", "notifications"))
    server.start()
    try:
        find_too_warm(app)
        eventually(lambda: states(app).get("channel-dead") == "open", within=30, what="nobody noticed")
        eventually(lambda: any("ne partent plus" in text for text in hook.texts()), within=30, what=str(hook.texts()))
        assert atalk.sms == []
        atalk.account_closed = False
        eventually(lambda: states(app)["channel-dead"] == "resolved", within=30, what="it stayed dead")
        assert len(atalk.sms) >= 1
        assert states(app)["too-warm"] == "open"
    finally:
        server.stop()
