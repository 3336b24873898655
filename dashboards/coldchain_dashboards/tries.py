"""Wrong passwords remembered for a while, so that guessing is slow."""

import threading
from collections import deque
from collections.abc import Callable, Iterable

_MOST_REMEMBERED = 10_000


class Tries:
    """Counts failures by key within the last `wait_s` seconds of `monotonic`. Any thread may ask; kept in memory."""

    def __init__(self, *, most: int, wait_s: float, monotonic: Callable[[], float]) -> None:
        self._most, self._wait_s, self._monotonic = most, wait_s, monotonic
        self._failures: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def must_wait(self, keys: Iterable[str]) -> bool:
        """Return whether any of `keys` has failed too often lately."""
        with self._lock:
            return any(len(self._recent(key)) >= self._most for key in keys)

    def failed(self, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                self._recent(key).append(self._monotonic())
            while len(self._failures) > _MOST_REMEMBERED:
                self._failures.pop(next(iter(self._failures)))

    def succeeded(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.setdefault(key, deque(maxlen=self._most))
        oldest = self._monotonic() - self._wait_s
        while failures and failures[0] < oldest:
            failures.popleft()
        return failures
