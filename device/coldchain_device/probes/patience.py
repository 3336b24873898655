"""Patience with a bus: a probe that never answers costs its own readings, never the others'."""

import threading
from queue import Empty, SimpleQueue

from coldchain_contract.identifiers import ProbeUrn
from coldchain_device.probes.protocol import ProbeBus


class PatientReader:
    """Reads probes one after the other, each in a thread of its own that may be left behind.

    A read that does not come back in `patience_s` (real seconds) counts as empty, and its probe is not asked again
    until that read has ended. Called from one thread only.
    """

    def __init__(self, bus: ProbeBus, *, patience_s: float = 10.0) -> None:
        self._bus, self._patience_s = bus, patience_s
        self._hanging: dict[ProbeUrn, threading.Thread] = {}

    @property
    def hanging(self) -> frozenset[ProbeUrn]:
        """The probes whose last read has not ended yet."""
        return frozenset(probe for probe, thread in self._hanging.items() if thread.is_alive())

    def read(self, probe: ProbeUrn) -> bytes | None:
        """Return as `ProbeBus.read` does; empty for a probe that hangs."""
        if probe in self.hanging:
            return b""
        answer: SimpleQueue[bytes | None] = SimpleQueue()
        thread = threading.Thread(
            target=lambda: answer.put(self._bus.read(probe)), name=f"read {probe[-16:]}", daemon=True
        )
        thread.start()
        try:
            return answer.get(timeout=self._patience_s)
        except Empty:
            self._hanging[probe] = thread
            return b""
