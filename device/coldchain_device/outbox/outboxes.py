"""The outboxes of a device: the one that is added to, and those salvaged from damaged files, which are only sent."""

from collections.abc import Callable, Sequence

from coldchain_device.outbox.outbox import Outbox


class Outboxes:
    """The live outbox first, then the salvaged ones, each under its own identity. Thread-safe."""

    def __init__(self, live: Outbox, salvaged: Callable[[], Sequence[Outbox]] = tuple) -> None:
        self.live, self._salvaged = live, salvaged

    def all(self) -> tuple[Outbox, ...]:
        return (self.live, *self._salvaged())

    def named(self, identity: str) -> Outbox | None:
        """Return the one whose id is `identity`, if it is on the card."""
        return next((one for one in self.all() if str(one.id) == identity), None)
