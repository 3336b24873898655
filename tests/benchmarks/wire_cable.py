"""The cable between field and town: a pair of virtual interfaces, and a meter that reads what passed."""

import subprocess
import time
from pathlib import Path

import msgspec

_ETHERNET_BYTES = 14
_MTU = 1400
_QUIET_S, _LONGEST_S = 0.15, 30.0
_NO_IPV6 = "/proc/sys/net/ipv6/conf/all/disable_ipv6"


class End(msgspec.Struct, frozen=True, kw_only=True):
    """One end: the name of its interface, and its addresses."""

    name: str
    address: str
    mac: str

    def lay(self, other: "End", *, pid: int) -> None:
        """Make the cable here and push its other end into the network of `pid`; bring up this one."""
        ip("link", "add", self.name, "address", self.mac, "type", "veth", "peer", other.name, "address", other.mac)
        ip("link", "set", other.name, "netns", str(pid))
        self.plug(other)

    def plug(self, other: "End") -> None:
        """Bring up this end. Neighbours are told each other, so that nobody asks for them on the cable; one packet is
        one packet, as no hardware cuts up large ones."""
        if Path(_NO_IPV6).exists():
            Path(_NO_IPV6).write_text("1")
        ip("link", "set", "lo", "up")  # paho wakes its own loop through it
        ip("address", "add", f"{self.address}/24", "dev", self.name)
        ip("link", "set", self.name, "mtu", str(_MTU), "gso_max_segs", "1", "up")
        ip("neighbour", "add", other.address, "lladdr", other.mac, "dev", self.name, "nud", "permanent")


FIELD = End(name="field", address="10.77.0.2", mac="02:00:00:00:00:02")
TOWN = End(name="town", address="10.77.0.1", mac="02:00:00:00:00:01")


class Meter:
    """Reads how many bytes of IP packets have passed at an end, both ways."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._from = self._now()

    def passed(self) -> int:
        """Wait until nothing passes any more, and return the bytes since this was last asked."""
        before, self._from = self._from, self._settled()
        return self._from - before

    def _settled(self) -> int:
        seen, since_s, began_s = self._now(), time.monotonic(), time.monotonic()
        while time.monotonic() - since_s < _QUIET_S and time.monotonic() - began_s < _LONGEST_S:
            time.sleep(0.01)
            if (now := self._now()) != seen:
                seen, since_s = now, time.monotonic()
        return seen

    def _now(self) -> int:
        lines = Path("/proc/self/net/dev").read_text().splitlines()
        counts = next(line.split(":")[1].split() for line in lines if line.strip().startswith(f"{self._end.name}:"))
        packets = int(counts[1]) + int(counts[9])
        return int(counts[0]) + int(counts[8]) - packets * _ETHERNET_BYTES


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
