"""Asking the server what time it is: before anything of a boot leaves that a wrong clock may have dated."""

from collections import deque
from collections.abc import Callable

from coldchain_device.clock import DeviceClock
from coldchain_device.timekeeping import Source

_PATIENCE = 3
_SELDOM = 15
_QUESTIONS = 50


class TimeAsking:
    """Asks until the clock is checked, by having a status sent: the server answers it with its time. One thread only.

    Readings are held meanwhile, which costs one round trip after each boot. After three waits for a confirmation the
    server is asked less and less often, and what the network dated is sent all the same, because a server that cannot
    answer may still be told. What only a fitted clock has dated never leaves unchecked: it may be an hour off, the
    broker may keep it for the server, and no instant is mended once it is stored.
    """

    def __init__(
        self, *, clock: DeviceClock, confirm_s: float, monotonic: Callable[[], float], ask: Callable[[], None]
    ) -> None:
        self._clock, self._confirm_s, self._monotonic, self._ask = clock, confirm_s, monotonic, ask
        self._began_s: float | None = None
        self._asked_s = float("-inf")
        self._questions: deque[int] = deque(maxlen=_QUESTIONS)

    def holds(self) -> bool:
        """Ask where it is time to; return whether readings are to be held."""
        if self._clock.checked:
            return False
        now_s = self._monotonic()
        self._began_s = now_s if self._began_s is None else self._began_s
        patience = (now_s - self._began_s) / (_PATIENCE * self._confirm_s)
        if now_s - self._asked_s >= self._confirm_s * min(max(patience, 1.0), _SELDOM):
            self._asked_s = now_s
            self._ask()
        return patience < 1 or self._clock.stamp().source is Source.FITTED

    def asked(self, question: int) -> None:
        """Note that a status with this question, its uptime in ms, has just been sent; 0 asked nothing."""
        if question:
            self._questions.append(question)

    def is_answered(self, question: int) -> bool:
        """Return whether an answer is to a question asked since this program began."""
        return question in self._questions
