"""The agent: the parts of a device, started in order and stopped in reverse."""

import threading
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from datetime import timedelta

import structlog

from coldchain_contract.clock import Clock
from coldchain_contract.errors import ContractError
from coldchain_contract.identifiers import ProbeUrn, UnitId
from coldchain_contract.messages import Answer, Config
from coldchain_device.alarm.fitted import FittedBox
from coldchain_device.alarm.fitting import open_outputs
from coldchain_device.alarm.outputs import Output
from coldchain_device.alarm.presses import Press
from coldchain_device.alarm.remembering import Memory
from coldchain_device.alarm.standing import Kept
from coldchain_device.card import CardFile
from coldchain_device.clock import device_clock
from coldchain_device.health import Health
from coldchain_device.milk import book, told
from coldchain_device.milk.book import MilkBook
from coldchain_device.network_time import NetworkTime
from coldchain_device.notify import Systemd
from coldchain_device.orders import Orders
from coldchain_device.outbox import Outbox, Outboxes, Room, Sample
from coldchain_device.plan import Plan, plan_of
from coldchain_device.power import Power, open_power
from coldchain_device.probes.patience import PatientReader
from coldchain_device.probes.protocol import ProbeBus
from coldchain_device.probes.w1 import W1Bus
from coldchain_device.recovery import Recovery, open_recovery
from coldchain_device.sampling import Round, Sampler
from coldchain_device.schedule import Schedule
from coldchain_device.settings import DeviceSettings
from coldchain_device.tender import Tender
from coldchain_device.troubles import FILE_NAME, TroubleBook, Troubles
from coldchain_device.uplink.uplink import Uplink
from coldchain_device.urgency import Urgency
from coldchain_judgement.light import Light

_log = structlog.get_logger()
_PRUNE_EVERY_S = timedelta(hours=6).total_seconds()


class Agent:
    """One device. `start` returns at once and needs neither network nor probes; `stop` leaves nothing running.

    Where the clock's spans take no real time (a clock set by hand), no rounds are scheduled: `sample` takes them.
    Raises `OutboxUnavailable` where the data folder cannot be written and `BadOutput` where a configured pin cannot be
    driven.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        *,
        clock: Clock,
        outputs: Sequence[Output] | None = None,
        bus: ProbeBus | None = None,
        systemd: Systemd | None = None,
    ) -> None:
        self._settings, self._clock = settings, device_clock(clock)
        self._systemd = systemd or Systemd(environment={})
        self._kept_config = CardFile(settings.data_folder / "config.json", Config)
        self._plan, self._urgency = self._first_plan(), Urgency()
        with ExitStack() as opened:
            self.outboxes = Outboxes(settings.data_folder / "outbox.sqlite", most_bytes=settings.outbox_mb * 1024**2)
            opened.callback(self.outboxes.close)
            self._room = Room(self.outboxes, clock=self._clock)
            self._clock.recall(self.outbox.recalled(self._clock.stamp().boot_id))
            self._sampler = self._new_sampler(bus or W1Bus(settings.w1_folder))
            power = open_power(settings.power)
            opened.callback(power.close)
            self._troubles = TroubleBook(
                CardFile(settings.data_folder / FILE_NAME, Troubles), now_ms=self._clock.now_ms
            )
            self._book = self._new_book()
            self._health = self._new_health(power)
            self._uplink = self._new_uplink()
            self._recovery = self._new_recovery()
            opened.callback(self._recovery.close)
            self._box = self._new_box(power, outputs)
            opened.callback(self._box.close)
            self._opened = opened.pop_all()
        self._schedule = Schedule(self.sample, period_s=self._period_s() or 1.0)
        self._tender = self._new_tender()
        self._pruned_s = float("-inf")
        self._salvaging = threading.Thread()
        self._repaired_turns = 0

    @property
    def outbox(self) -> Outbox:
        """The outbox that samples are added to."""
        return self.outboxes.live

    def _new_sampler(self, bus: ProbeBus) -> Sampler:
        return Sampler(
            reader=PatientReader(bus),
            outbox=self.outbox,
            clock=self._clock,
            plan=lambda: self._plan,
            on_round=self._on_round,
            make_room=self._room.make,
        )

    def _new_book(self) -> MilkBook:
        return MilkBook(
            CardFile(self._settings.data_folder / book.FILE_NAME, told.Words),
            clock=self._clock,
            instant_of=self.outbox.instant_of,
        )

    def _new_health(self, power: Power) -> Health:
        return Health(
            outbox=self.outbox,
            clock=self._clock,
            power=power,
            data_folder=self._settings.data_folder,
            boots=self.outbox.begin_boot(self._clock.stamp()),
            config_version=lambda: self._plan.version,
            probes=self._sampler.health,
            troubles=self._troubles.known,
            box_troubles=lambda: self._box.complaints.known(),  # noqa: PLW0108 - the box is opened later
        )

    def _new_box(self, power: Power, outputs: Sequence[Output] | None) -> FittedBox:
        settings = self._settings
        return FittedBox(
            settings,
            plan=self._plan,
            clock=self._clock,
            power=power,
            outputs=open_outputs(settings.outputs, settings.voice) if outputs is None else tuple(outputs),
            tell=self._uplink.tell,
            on_news=self._uplink.say_status,
            outbox=self.outbox,
            answered=CardFile(settings.data_folder / "answered.json", Kept),
            memory=CardFile(settings.data_folder / "alarm.json", Memory),
            book=self._book,
        )

    def _new_uplink(self) -> Uplink:
        return Uplink(
            self._settings,
            outboxes=self.outboxes,
            clock=self._clock,
            report_s=lambda: self._plan.report_s,
            health=self._health,
            book=self._book,
            on_order=self._new_orders().carry_out,
            on_time=self._repair,
            on_contested=self._note_contested,
        )

    def _new_orders(self) -> Orders:
        return Orders(
            outboxes=self.outboxes,
            clock=self._clock,
            box=self,
            follow=self._follow,
            kept=CardFile(self._settings.data_folder / "answers.json", list[Answer]),
        )

    def _new_recovery(self) -> Recovery:
        return open_recovery(
            self._settings.recovery,
            reconnect=self._uplink.reconnect,
            signs=self._uplink.signs,
            on_step=lambda action: self._troubles.note_step(action.value),
        )

    def _new_tender(self) -> Tender:
        return Tender(
            (
                self._schedule.tend,
                self._box.tend,
                NetworkTime(self._settings.time_command, clock=self._clock).tend,
                self._repair_when_known,
                self._prune_when_due,
                self.outboxes.reserve.hold_again,
                self._salvage_when_needed,
            ),
            systemd=self._systemd,
            rounds_kept=lambda: self._sampler.rounds_kept,
            period_s=self._period_s,
        )

    def start(self) -> None:
        """Begin: the box shows its state, samples are taken, and whatever waits is sent."""
        self._box.begin()
        self._uplink.start()
        if self._period_s() > 0:
            self._schedule.start()
        self._tender.start()
        self._recovery.start()
        _log.info("device started", site=self._settings.site, device=self._settings.device, outbox=str(self.outbox.id))

    def stop(self) -> None:
        """Stop in reverse order; the broker is told that the device is offline. May be called twice, and unstarted."""
        self._systemd.stopping()
        with self._opened as closing:
            closing.callback(self._uplink.stop)
            closing.callback(self._schedule.stop)
            closing.callback(self._tender.stop)
            closing.callback(self._recovery.stop)
        _log.info("device stopped", site=self._settings.site, device=self._settings.device)

    def stop_sampling(self) -> None:
        """Schedule no more rounds; everything else goes on, so that what was taken can still be delivered."""
        self._schedule.stop()

    def sample(self, only: Collection[ProbeUrn] | None = None) -> tuple[Sample, ...]:
        """Take one round now, of every probe of the plan or those of `only`; what it gave is in the outbox."""
        return self._sampler.take(only).samples

    def flush(self, within_s: float = 30.0) -> bool:
        """Send everything that waits now; True once the server has stored it all, False after `within_s` real
        seconds. Readings whose time is not known yet are not waited for."""
        deadline = time.monotonic() + within_s
        self._uplink.send_now()
        while any(map(_has_to_send, self.outboxes.all())):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def light(self, unit: UnitId) -> Light:
        """Return what the box shows for `unit` now."""
        return self._box.alarm.light(unit)

    def press_button(self, press: Press = Press.SHORT) -> None:
        """Do what the box's button does: the alarm has been heard, or how do things stand."""
        self._box.alarm.pressed(press)

    def press_milk(self, unit: UnitId, said: told.Said) -> None:
        """Do what the milk button of a unit does once its presses are counted."""
        self._box.tell_of_milk(unit, said)

    def identify(self) -> None:
        self._box.alarm.identify()

    def silence(self, unit: str, whys: tuple[str, ...]) -> str:
        return self._box.alarm.silence(unit, whys)

    def read_now(self) -> None:
        self.sample()
        self._uplink.send_now()

    def _on_round(self, taken: Round) -> None:
        self._box.judge(taken)
        if taken.newly_faulty:
            self._uplink.say_status()
        if self._urgency.matters(taken, self._plan):
            self._uplink.send_now()
        else:
            self._uplink.wake()

    def _note_contested(self, contested: bool) -> None:
        self._troubles.note_contested(contested)
        self._uplink.say_status()

    def _first_plan(self) -> Plan:
        config = self._kept_config.load()
        try:
            return plan_of(self._settings, config)
        except ContractError as error:
            _log.error("the server's kept settings cannot be followed, going by device.toml", why=error)
            return plan_of(self._settings, None)

    def _follow(self, config: Config) -> None:
        """Go by the server's settings where they are others than those in use; a version is a name, not an order."""
        if config.version == self._plan.version:
            return
        plan = plan_of(self._settings, config)
        self._kept_config.save(config)
        self._plan = plan
        self._schedule.change(self._period_s() or 1.0)
        self._box.follow(plan)
        self._uplink.say_status()
        _log.info("going by the server's settings", version=config.version)

    def _period_s(self) -> float:
        return self._clock.wall_seconds(self._plan.sample_s)

    def _repair(self) -> None:
        turns = self._clock.turns
        repaired = self.outboxes.repair(self._clock.stamp())
        self._repaired_turns = turns
        self._box.time_known()
        if repaired:
            _log.info("the time is known now, earlier readings repaired", readings=repaired)
            self._uplink.say_status()
            self._uplink.send_now()

    def _repair_when_known(self) -> None:
        """Repair when the time became known, or another; and what waited in memory, undated, for room on the card."""
        trusted, turned = self._clock.stamp().trusted, self._clock.turns != self._repaired_turns
        if trusted and (turned or (self._clock.checked and self.outboxes.has_undated())):
            self._repair()

    def _prune_when_due(self) -> None:
        now_s = time.monotonic()
        if now_s - self._pruned_s > _PRUNE_EVERY_S and self._clock.stamp().trusted:
            self._pruned_s = now_s
            self.outboxes.prune(now_ms=self._clock.now_ms(), keep_days=self._settings.keep_days)

    def _salvage_when_needed(self) -> None:
        """Salvage in a thread of its own: a large file takes minutes, and nothing else may wait for it."""
        if self.outboxes.needs_salvage() and not self._salvaging.is_alive():
            self._salvaging = threading.Thread(target=self.outboxes.salvage, name="salvage", daemon=True)
            self._salvaging.start()


def _has_to_send(outbox: Outbox) -> bool:
    extent = outbox.extent()
    return extent.unconfirmed > extent.untimed
