"""What the server asks of a device: new settings, and requests that each get one answer."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import structlog

from coldchain_contract.messages import Answer, Config, Request, decode_message
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.clock import DeviceClock
from coldchain_device.outbox import Outbox

_log = structlog.get_logger()
_REMEMBERED = 100
_MOST_RANGES = 200
"""Of what is said to be gone: an answer stays a message, and what is left out is said when it is asked for again."""


class Box(Protocol):
    """What an order may have the box do."""

    def identify(self) -> None: ...

    def silence(self) -> None: ...

    def read_now(self) -> None: ...


class Orders:
    """Carries out orders, each request once: one that comes twice gets its first answer again. One thread only."""

    def __init__(self, *, outbox: Outbox, clock: DeviceClock, box: Box, follow: Callable[[Config], None]) -> None:
        self._outbox, self._clock, self._box, self._follow = outbox, clock, box, follow
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def carry_out(self, kind: Kind, payload: bytes) -> Answer | None:
        """Follow a `config`, or do a `request` and return the answer; `ContractError` for what breaks the contract."""
        if kind is Kind.CONFIG:
            if payload:  # an empty retained message is how a config is withdrawn
                self._follow(decode_message(payload, Config))
            return None
        request = decode_message(payload, Request)
        if request.id not in self._answers:
            self._answers[request.id] = self._answer(request)
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return self._answers[request.id]

    def _answer(self, request: Request) -> Answer:
        stamp = self._clock.stamp()
        if not stamp.trusted:
            return Answer(id=request.id, done=False, detail="this device does not know the time yet: ask again")
        if stamp.wall_ms > request.expires_ms:
            return Answer(id=request.id, done=False, detail="expired")
        _log.info("asked by the server", action=request.action, id=request.id)
        match request.action:
            case "resend":
                return self._resend(request)
            case "read":
                self._box.read_now()
            case "identify":
                self._box.identify()
            case "silence":
                self._box.silence()
            case _:
                return Answer(id=request.id, done=False, detail=f"no such action: {request.action[:40]}")
        return Answer(id=request.id, done=True)

    def _resend(self, request: Request) -> Answer:
        if request.outbox != str(self._outbox.id):
            return Answer(id=request.id, done=False, detail=f"the outbox here is {self._outbox.id}")
        asked = Sequences.parse(request.sequences)
        found = self._outbox.send_again(asked)
        gone = Sequences((asked - self._outbox.held(asked)).ranges[:_MOST_RANGES])
        detail = f"{found} of {len(asked)} readings are sent again"
        return Answer(id=request.id, done=found > 0, detail=detail, gone=str(gone))
