"""What the sampler needs of a bus of probes."""

from typing import Protocol

from coldchain_contract.identifiers import ProbeUrn


class ProbeBus(Protocol):
    """A bus with probes on it. Called from any thread, one call at a time for each probe."""

    def found(self) -> list[ProbeUrn]:
        """Return the probes on the bus now, sorted; `BusMissing` where there is no bus."""
        ...

    def read(self, probe: ProbeUrn) -> bytes | None:
        """Return what the kernel gives for one conversion of `probe`: the text of its `w1_slave`.

        None where the probe is not on the bus; empty where it answered nothing. Never raises for a bad probe.
        """
        ...
