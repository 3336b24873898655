"""What the server asks of a device: new settings, and requests that each get one answer."""

from collections.abc import Callable
from typing import Protocol

import structlog

from coldchain_contract.messages import Answer, Config, Request, decode_message
from coldchain_contract.sequences import Sequences
from coldchain_contract.topics import Kind
from coldchain_device.card import CardFile
from coldchain_device.clock import DeviceClock
from coldchain_device.outbox import Outboxes

_log = structlog.get_logger()
_REMEMBERED = 100
_MOST_RANGES = 200
"""Of what is said to be gone: an answer stays a message, and what is left out is said when it is asked for again."""


class Box(Protocol):
    """What an order may have the box do."""

    def identify(self) -> None: ...

    def silence(self, unit: str, whys: tuple[str, ...]) -> str:
        """Go quiet about `whys`, or all where it is empty, of `unit`, or all; return why not, empty where it does."""
        ...

    def read_now(self) -> None: ...


class Orders:
    """Carries out orders, each request once: one that comes twice gets its first answer again, also after a restart.

    An answer may be lost on its way; the server asks again until it has one. One thread only.
    """

    def __init__(
        self,
        *,
        outboxes: Outboxes,
        clock: DeviceClock,
        box: Box,
        follow: Callable[[Config], None],
        kept: CardFile[list[Answer]],
    ) -> None:
        self._outboxes, self._clock, self._box, self._follow = outboxes, clock, box, follow
        self._kept = kept
        self._answers = {answer.id: answer for answer in kept.load() or ()}

    def carry_out(self, kind: Kind, payload: bytes) -> Answer | None:
        """Follow a `config`, or do a `request` and return the answer; `ContractError` for what breaks the contract.

        While the time is not known, nobody can tell whether a request has expired: it is left for when it comes again.
        """
        if kind is Kind.CONFIG:
            if payload:  # an empty retained message is how a config is withdrawn
                self._follow(decode_message(payload, Config))
            return None
        request = decode_message(payload, Request)
        if request.id in self._answers:
            return self._answers[request.id]
        stamp = self._clock.stamp()
        if not stamp.trusted:
            _log.info("asked by the server before the time is known, left for later", id=request.id)
            return None
        return self._remembered(self._answer(request, now_ms=stamp.wall_ms))

    def _remembered(self, answer: Answer) -> Answer:
        self._answers[answer.id] = answer
        if len(self._answers) > _REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._kept.save(list(self._answers.values()))
        return answer

    def _answer(self, request: Request, *, now_ms: int) -> Answer:
        if now_ms > request.expires_ms:
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
                refused = self._box.silence(request.unit, request.whys)
                if refused:
                    return Answer(id=request.id, done=False, detail=refused)
            case _:
                return Answer(id=request.id, done=False, detail=f"no such action: {request.action[:40]}")
        return Answer(id=request.id, done=True)

    def _resend(self, request: Request) -> Answer:
        outbox = self._outboxes.named(request.outbox)
        if outbox is None:
            return Answer(id=request.id, done=False, detail=f"the outbox here is {self._outboxes.live.id}")
        asked = Sequences.parse(request.sequences)
        found = outbox.send_again(asked)
        gone = Sequences((asked - outbox.held(asked)).ranges[:_MOST_RANGES])
        detail = f"{found} of {len(asked)} readings are sent again"
        return Answer(id=request.id, done=found > 0, detail=detail, gone=str(gone))
