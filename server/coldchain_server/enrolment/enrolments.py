"""Enrolling: a device's password and access list at the broker, its row and signing key in the ledger."""

import secrets
from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import select

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.settings import Secret, nearest
from coldchain_server.enrolment import access
from coldchain_server.enrolment.access import Command
from coldchain_server.enrolment.broker import Answer, BrokerAdmin
from coldchain_server.errors import BadEntry, BrokerRefused, UnknownThing
from coldchain_server.fleet.model import Device, Fleet
from coldchain_server.fleet.source import Source
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import EnrolmentRow

log = structlog.get_logger()

_KEY_BYTES = 32
_PASSWORD_BYTES = 24
_EXISTS, _UNKNOWN = "already exists", "does not exist"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a device needs to speak. It is shown once: the broker keeps only a hash of the password.

    `password` is None where no broker was told, because it keeps no access list.
    """

    site: SiteId
    device: DeviceId
    password: Secret | None
    signing_key: Secret


class Enrolments:
    """Lets devices in and out. Without `broker` only the ledger is changed: whoever reaches the broker may speak.

    Raises `BrokerUnavailable` and `BrokerRefused` as `BrokerAdmin.ask` does; the ledger is changed last.
    """

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, broker: BrokerAdmin | None) -> None:
        self._sessions, self._fleet, self._clock, self._broker = sessions, fleet, clock, broker

    def enrol(self, device: DeviceId, *, rotate: bool = False, since_ms: int | None = None) -> Credentials:
        """Let `device`, or a source, speak, with readings from `since_ms` (now) on; return its new credentials.

        A device that is enrolled already is `BadEntry` unless `rotate`: then password and key are new, its old
        connection ends, and it stays enrolled since when it was. `UnknownThing` where the fleet has no such device.
        """
        found = self._device(device)
        enrolled = self._enrolled(device)
        if enrolled and not rotate:
            raise BadEntry(f"device {device} is enrolled already; --rotate gives it a new password and key")
        password = self._let_in(self._broker, found, rotate=rotate) if self._broker else None
        key = secrets.token_hex(_KEY_BYTES)
        self._enter(found, key=key, since_ms=self._clock.now_ms() if since_ms is None else since_ms)
        log.info("device is enrolled", device=device, site=found.site, access_list=self._broker is not None)
        return Credentials(site=found.site, device=device, password=password, signing_key=Secret(key))

    def withdraw(self, device: DeviceId) -> None:
        """Let `device` speak no more, from now on; `UnknownThing` where it never was enrolled."""
        if self._enrolled(device) is None:
            raise UnknownThing(f"device {device} is not enrolled")
        if self._broker:
            _demand(self._broker.ask([access.disable_client(device)]))
        with self._sessions.begin() as session:
            row = session.get_one(EnrolmentRow, device)
            row.withdrawn_ms = row.withdrawn_ms or self._clock.now_ms()
        log.info("device is withdrawn", device=device)

    def renew(self) -> tuple[DeviceId, ...]:
        """Bring the access list of every device that is let in up to date, as after an update that brings a topic, and
        return them: passwords stay, no connection ends.

        `BadEntry` where there is no administrator of the broker to do it.
        """
        if self._broker is None:
            raise BadEntry("the server's settings have no [broker_admin], so there is no access list to renew")
        let_in = [self._fleet.devices[one] for one in signing_keys(self._sessions) if one in self._fleet.devices]
        roles = [access.change_role(access.role_name(one.id), access.device_acls(one.site, one.id)) for one in let_in]
        if roles:
            _demand(self._broker.ask(roles))
        return tuple(one.id for one in let_in)

    def enrol_server(self, *, username: str, client_id: str | None, rotate: bool = False) -> Secret:
        """Let the server itself into the broker and return its new password; everybody else is denied by default.

        It may have one session, `client_id`, or any number with None.
        `BadEntry` where there is no administrator of the broker to do it, or, without `rotate`, the broker knows the
        server already.
        """
        if self._broker is None:
            raise BadEntry("the server's settings have no [broker_admin], so there is no access list to enter it in")
        _check_new(self._broker, username, rotate=rotate)
        return _give_access(
            self._broker, username, client_id=client_id, role=access.SERVER_ROLE, acls=self._server_acls()
        )

    def _let_in(self, broker: BrokerAdmin, found: Device | Source, *, rotate: bool) -> Secret:
        _check_new(broker, found.id, rotate=rotate)
        role = access.role_name(found.id)
        if isinstance(found, Device):
            acls = access.device_acls(found.site, found.id)
            return _give_access(broker, found.id, client_id=found.id, role=role, acls=acls)
        self._let_server_hear(broker)
        others = [feed.topic for source, feed in self._fleet.feeds() if source.id != found.id]
        acls = access.source_acls(found, others=others)
        return _give_access(broker, found.id, client_id=None, role=role, acls=acls)

    def _let_server_hear(self, broker: BrokerAdmin) -> None:
        """Add the sources' topics to what the server may hear; where it is not let in yet, that is done then."""
        (answer,) = broker.ask([access.change_role(access.SERVER_ROLE, self._server_acls())])
        if _UNKNOWN not in answer.error:
            _demand([answer])

    def _server_acls(self) -> list[Command]:
        return access.server_acls(feed.topic for _, feed in self._fleet.feeds())

    def _device(self, device: DeviceId) -> Device | Source:
        found = self._fleet.devices.get(device) or self._fleet.sources.get(device)
        if isinstance(found, Source) and not found.live:
            raise BadEntry(f"{device} is a {found.kind.value}: it publishes nothing, and needs no enrolment")
        if found is None:
            near = nearest(device, [*self._fleet.devices, *self._fleet.sources])
            raise UnknownThing(
                f"device {device} is not in the fleet file" + (f"; did you mean {near}?" if near else "; add it there")
            )
        return found

    def _enrolled(self, device: DeviceId) -> EnrolmentRow | None:
        with self._sessions() as session:
            return session.get(EnrolmentRow, device)

    def _enter(self, device: Device | Source, *, key: str, since_ms: int) -> None:
        with self._sessions.begin() as session:
            row = session.get(EnrolmentRow, device.id)
            if row is None:
                session.add(EnrolmentRow(device=device.id, site=device.site, enrolled_ms=since_ms, signing_key=key))
                return
            if row.site != device.site:
                row.site, row.enrolled_ms = device.site, since_ms
            row.signing_key, row.withdrawn_ms = key, None


def signing_keys(sessions: Sessions) -> dict[DeviceId, Secret]:
    """Return the key (hex) of each device that is enrolled and not withdrawn."""
    with sessions() as session:
        rows = session.execute(
            select(EnrolmentRow.device, EnrolmentRow.signing_key).where(EnrolmentRow.withdrawn_ms.is_(None))
        )
        return {DeviceId(device): Secret(key) for device, key in rows}


def _check_new(broker: BrokerAdmin, username: str, *, rotate: bool) -> None:
    if not rotate and not broker.ask([access.show_client(username)])[0].error:
        raise BadEntry(f"the broker knows {username} already; --rotate gives it a new password")


def _give_access(
    broker: BrokerAdmin, username: str, *, client_id: str | None, role: str, acls: list[Command]
) -> Secret:
    """Make or change role and client so that they are as given, with a new password."""
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    default, role_made, client_made = broker.ask(
        [
            access.deny_by_default(),
            access.make_role(role, acls),
            access.make_client(username, client_id=client_id, password=password, role=role),
        ]
    )
    _demand([default])
    if _EXISTS in role_made.error:
        _demand(broker.ask([access.change_role(role, acls)]))
    else:
        _demand([role_made])
    if _EXISTS in client_made.error:
        changed = access.change_client(username, client_id=client_id, password=password, role=role)
        _demand(broker.ask([changed, access.enable_client(username)]))
    else:
        _demand([client_made])
    return Secret(password)


def _demand(answers: Sequence[Answer]) -> None:
    """Raise `BrokerRefused` where a command was not done."""
    for answer in answers:
        if answer.error:
            raise BrokerRefused(f"the broker did not do {answer.command}: {answer.error}")
