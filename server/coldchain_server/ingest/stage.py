"""The ingest stage: from the broker to spool, quarantine and ledger; acknowledged when durable, then confirmed."""

from collections.abc import Collection

import structlog

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import UnitId
from coldchain_contract.messages import CapacitySetting, encode_message
from coldchain_contract.topics import Kind, Topic
from coldchain_server.asking.outgoing import Outgoing
from coldchain_server.fleet.model import Device, Fleet
from coldchain_server.ingest.acquaintance import Acquaintance
from coldchain_server.ingest.configs import config_for
from coldchain_server.ingest.confirmations import confirmations
from coldchain_server.ingest.foreign import filters
from coldchain_server.ingest.learnt import capacities
from coldchain_server.ingest.merging import merged
from coldchain_server.ingest.reception import Arrival, Received, receive
from coldchain_server.ingest.session import BrokerSession
from coldchain_server.ingest.settings import IngestSettings
from coldchain_server.ingest.sharing import part_of
from coldchain_server.ingest.told import Tellings, ToldOf
from coldchain_server.ingest.waiting import Waiting
from coldchain_server.ingest.words import enter
from coldchain_server.ledger.database import Sessions
from coldchain_server.spool.model import Accepted, Quarantined, Reason
from coldchain_server.spool.spool import Spool

log = structlog.get_logger()


class Ingest:
    """Takes what the broker has, one batch a step. Whatever fails, nothing is acknowledged that is not durable.

    What was just taken overtakes what piled up somewhere, from the moment that the broker hands it over.
    A step raises `BrokerUnavailable`, `BrokerRefused`, `SpoolUnavailable` or `LedgerUnavailable`; the next one connects
    again or tries the same batch again.
    """

    name = "ingest"

    def __init__(
        self,
        settings: IngestSettings,
        *,
        spool: Spool,
        sessions: Sessions,
        fleet: Fleet,
        clock: Clock,
        worker: int = 1,
    ) -> None:
        """`worker` is which of `settings.workers` it is; one of a number above that empties the session left there."""
        self._settings, self._part = settings, part_of(worker, settings, further=filters(fleet))
        self._session = BrokerSession(settings, clock=clock, part=self._part)
        self._spool, self._sessions, self._clock = spool, sessions, clock
        self._fleet, self._acquaintance = fleet, Acquaintance(fleet, sessions)
        self._outgoing = Outgoing(sessions)
        self._tellings, self._learnt = Tellings(sessions), dict[UnitId, CapacitySetting]()
        self._told: dict[UnitId, ToldOf] | None = None
        self._waiting = Waiting()

    def start(self) -> None:
        """Nothing is opened yet: the first step connects, so that a broker that is away stops no start."""

    def step(self) -> bool:
        if not self._session.connected:
            self._connect()
        if self._part.leads:
            self._configure()
            self._ask()
        self._gather()
        came = self._waiting.next()
        if not came:
            return False
        batch = self._received(came)
        worth = merged(received for _, received in batch)
        enter(self._sessions, batch)
        self._make_durable([item for received in worth for item in received.items])
        self._session.acknowledge(self._waiting.done())
        for topic, stored in confirmations(worth, now_ms=self._clock.now_ms()):
            self._session.publish(str(topic), encode_message(stored))
        self._session.send()
        return True

    def close(self) -> None:
        """Leave the broker, which keeps the session; what was not acknowledged comes again."""
        self._session.close()

    def end(self) -> None:
        """Leave the broker for good; what its session still holds is gone with it."""
        self._session.close()
        last = BrokerSession(self._settings, clock=self._clock, part=self._part, keeps_session=False)
        last.open()
        last.close()

    def _connect(self) -> None:
        """Open the session."""
        self._waiting.unnumber()
        self._session.open()
        self._told = None  # every device is configured anew

    def _configure(self) -> None:
        """Have the config of each device kept for it by the broker, and again where something is told of its milk."""
        now_ms = self._clock.now_ms()
        if self._told is None:
            self._learnt = capacities(self._sessions)
            self._told, devices = self._tellings.all(now_ms=now_ms), list(self._fleet.devices.values())
        else:
            changed = self._tellings.changed(now_ms=now_ms)
            self._told |= changed
            devices = self._fleet_devices(changed)
        for device in devices:
            config = config_for(device, self._fleet, now_ms=now_ms, capacities=self._learnt, told=self._told)
            self._session.publish(str(Topic(device.site, device.id, Kind.CONFIG)), encode_message(config), retain=True)

    def _fleet_devices(self, units: Collection[UnitId]) -> list[Device]:
        """Return the devices that have a probe in any of `units`."""
        beside = {placement.device for placement in self._fleet.placements if placement.unit in units} if units else ()
        return [self._fleet.devices[device] for device in sorted(beside) if device in self._fleet.devices]

    def _ask(self) -> None:
        """Publish what is asked of devices now."""
        for asked, request in self._outgoing.due(self._clock.now_ms()):
            self._session.publish(str(asked), request)

    def _gather(self) -> None:
        """Look what has come, also while backlog waits: there may be news. What is held is bounded."""
        room = len(self._waiting) < self._settings.batch_messages and self._waiting.bytes < self._settings.batch_bytes
        if room:
            self._waiting.add(self._session.gather(wait=not self._waiting))

    def _received(self, arrivals: list[Arrival]) -> list[tuple[Arrival, Received]]:
        known = self._acquaintance.known()
        worth = [receive(arrival, known) for arrival in arrivals]
        if any(map(_is_of_a_stranger, worth)):
            known = self._acquaintance.known_now()
            worth = [receive(arrival, known) for arrival in arrivals]
        return list(zip(arrivals, worth, strict=True))

    def _make_durable(self, items: list[Accepted | Quarantined]) -> None:
        if items:
            self._spool.admit(items)
        for item in items:
            if isinstance(item, Quarantined) and item.reason is Reason.UNFORESEEN:
                log.error("a message failed in a way nobody foresaw", topic=item.topic, detail=item.detail)


def _is_of_a_stranger(received: Received) -> bool:
    item = received.items[0] if received.items else None
    return isinstance(item, Quarantined) and item.reason is Reason.UNKNOWN_DEVICE
