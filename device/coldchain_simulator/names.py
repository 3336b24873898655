"""Kernel names of simulated probes: deterministic, and of the pattern genuine DS18B20 have."""

import hashlib

from coldchain_contract.identifiers import ProbeUrn, urn_of_kernel_name


def kernel_name(key: str) -> str:
    """Return the directory name of the probe that `key` names, such as `28-00003a5c9e01`.

    Genuine parts end their ROM code in two zero bytes before the CRC; the kernel prints the serial the other way round.
    """
    return f"28-0000{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def probe_of(key: str) -> ProbeUrn:
    """Return the URN of the probe that `key` names."""
    return urn_of_kernel_name(kernel_name(key))
