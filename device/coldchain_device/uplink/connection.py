"""The connection to the broker: one link after another, its troubles said once."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

import structlog

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.topics import Kind, Topic
from coldchain_device.settings import MqttSettings
from coldchain_device.timekeeping import Certain
from coldchain_device.uplink import contention, path, pauses
from coldchain_device.uplink.contention import Contention
from coldchain_device.uplink.link import Ended, Link
from coldchain_device.uplink.path import Path
from coldchain_device.uplink.pauses import Failures
from coldchain_device.uplink.resumption import resuming_context

_log = structlog.get_logger()
_SOONEST_S = 20.0


class Connection:
    """Connects and reconnects with pauses of its own until it is stopped. Methods may be called from any thread.

    `connections` counts the links that the broker has accepted. `reached` says whether the last attempt showed that
    the network works, whatever the broker said. `now` tells by which dates certificates are judged. Raises
    `BadCertificates`.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        site: SiteId,
        device: DeviceId,
        last_will: Callable[[], bytes],
        on_change: Callable[[], None],
        on_contested: Callable[[bool], None] = lambda _contested: None,
        now: Callable[[], Certain],
    ) -> None:
        self._settings, self._site, self._device = settings, site, device
        self._last_will, self._on_change, self._on_contested = last_will, on_change, on_contested
        self._tls = resuming_context(settings.ca_file, now=now) if settings.tls else None
        self._chance = random.Random()  # noqa: S311 - jitter, no secret
        self._received: SimpleQueue[tuple[Kind, bytes]] = SimpleQueue()
        self._stopping, self._nudged = threading.Event(), threading.Event()
        self._link: Link | None = None
        self._failures, self._contention, self._path = Failures(), Contention(), Path()
        self._last: Ended | None = None
        self._began_s, self._ended_s, self._opened_s = 0.0, float("-inf"), 0.0
        self.trouble = ""
        self.connections, self.reached = 0, False
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    @property
    def connected(self) -> bool:
        return self._link is not None and self._link.connected

    def start(self) -> None:
        self._thread.start()

    def stop(self, farewell: bytes) -> None:
        """Publish `farewell` as the retained status where there is a connection, and disconnect; at most 4 s."""
        self._stopping.set()
        self._nudged.set()
        if self._link is not None:
            self._link.close(farewell)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def publish(
        self, kind: Kind, payload: bytes, *, retain: bool = False, fleeting: bool = False
    ) -> Callable[[], bool] | None:
        """Hand one message to the broker, QoS 1, and return what tells whether the broker has it by now; None where
        there is no connection to send it on. What a link had not delivered when it ended is not sent again. A
        `fleeting` one goes with QoS 0: nobody keeps it for later."""
        return None if self._link is None else self._link.publish(kind, payload, retain=retain, fleeting=fleeting)

    def received(self) -> Iterator[tuple[Kind, bytes]]:
        """Take what has come in since the last call."""
        while True:
            try:
                yield self._received.get_nowait()
            except Empty:
                return

    def hurry(self) -> None:
        """Try again soon where the network is being waited for: there is news. Not oftener than every 20 s, and not
        where the broker refuses the device."""
        if not self.connected and not self._failures.refused:
            self._nudged.set()

    def renew(self, why: str) -> None:
        """End the link, if there is one, and connect anew without waiting."""
        self._failures = Failures()
        if self._link is not None and self._link.connected:
            self._link.drop(why)
        self._nudged.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._began_s = time.monotonic()
            self._link = link = self._new_link()
            ended = link.run()
            if self._stopping.is_set():
                return
            self._learn(ended)
            self._on_change()
            self._rest(
                pauses.pause_s(
                    self._failures,
                    longest_s=self._settings.longest_reconnect_s,
                    contested=self._contention.contested,
                    chance=self._chance,
                )
            )

    def _new_link(self) -> Link:
        self._path = path.relaxed(self._path, now_s=time.monotonic())
        return Link(
            self._settings,
            site=self._site,
            device=self._device,
            tls=self._tls,
            last_will=self._last_will(),
            probe_s=self._path.probe_s,
            on_message=self._take,
            on_open=self._opened,
        )

    def _rest(self, pause_s: float) -> None:
        due_s = time.monotonic() + pause_s
        while not self._stopping.is_set() and (left_s := due_s - time.monotonic()) > 0:
            if self._nudged.wait(left_s):
                self._nudged.clear()
                due_s = min(due_s, self._began_s + _SOONEST_S)

    def _learn(self, ended: Ended) -> None:
        """Note what the end of a link says of the network, the broker and the name."""
        self._last, self._ended_s, self.reached = ended, time.monotonic(), ended.reached
        self._failures = pauses.after(self._failures, ended)
        self._contest(contention.after(self._contention, ended))
        self._say(ended.why)

    def _contest(self, found: Contention) -> None:
        if found.contested != self._contention.contested:
            if found.contested:
                _log.error("another box uses this device's name: enrol one of them anew", device=self._device)
            else:
                _log.info("nobody else uses this device's name any more", device=self._device)
            self._on_contested(found.contested)
        self._contention = found

    def tend(self) -> None:
        """Notice what only time tells: that a link has held."""
        if self.connected:
            self._contest(contention.held(self._contention, time.monotonic() - self._opened_s))

    def _opened(self) -> None:
        now_s = time.monotonic()
        if self._last is not None:
            learnt = path.forgot(self._path, self._last, again_after_s=now_s - self._ended_s, now_s=now_s)
            if learnt.probe_s != self._path.probe_s:
                _log.info("the network forgets idle connections, they are probed from now on", every_s=learnt.probe_s)
            self._path = learnt
        self._opened_s, self.reached = now_s, True
        self._nudged.clear()
        self.connections += 1
        self.trouble = self.trouble or "not connected yet"
        self._say("")
        self._on_change()

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins or changes, not at each attempt."""
        if trouble != self.trouble and not self._stopping.is_set():
            self.trouble = trouble
            if trouble:
                _log.warning("no connection to the broker", host=self._settings.host, why=trouble)
            else:
                _log.info("connected to the broker", host=self._settings.host)

    def _take(self, topic: str, payload: bytes) -> None:
        try:
            self._received.put((Topic.parse(topic).kind, payload))
        except BadIdentifier:
            return
        self._on_change()
