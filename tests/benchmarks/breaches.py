"""Coolers that get too hot one after the other, each timed until its incident is committed in a server's ledger."""

import random
import sqlite3
import time
from pathlib import Path
from uuid import UUID

from paho.mqtt.client import Client

from benchmarks.figure import expect
from benchmarks.large_fleet import PROBES_A_DEVICE, probe_of, topic_of
from coldchain_contract.pack import Pack, encode_pack
from coldchain_contract.readings import Reading
from coldchain_contract.sequences import Sequences

COOLERS_A_DEVICE = 2
_HOT_CELSIUS = 30.0
_LONGEST_REST_S, _LOOK_EVERY_S, _PATIENCE_S = 0.2, 0.002, 60.0
_FIRST_SEQUENCE = 1_000_001


class Breaches:
    """Reads ledger and spool in the server's data folder beside the server. `count` of them have been so far."""

    def __init__(self, data: Path, device: Client) -> None:
        self._ledger, self._spool = (
            sqlite3.connect(f"file:{data / name}.sqlite?mode=ro", uri=True) for name in ("ledger", "spool")
        )
        self._device, self._chance = device, random.Random(7)
        self.count = 0

    def breach(self, device: int, *, cooler: int) -> float:
        """Let one cooler be too hot, at a moment that has nothing to do with when the stages look; return seconds."""
        time.sleep(self._chance.uniform(0, _LONGEST_REST_S))
        payload = encode_pack(self._hot(device, cooler))
        began_s = time.perf_counter()
        self._device.publish(str(topic_of(device)), payload, qos=1)
        self.count += 1
        while (found := self._incidents()) < self.count:
            if time.perf_counter() - began_s > _PATIENCE_S:
                expect("incidents", found=found, expected=self.count)
            time.sleep(_LOOK_EVERY_S)
        return time.perf_counter() - began_s

    def packs_waiting(self) -> int:
        """Return how many packs the spool holds that the store or the judging has not passed."""
        (packs,) = self._spool.execute("SELECT max(position) - min(position) + 1 FROM pack").fetchone()
        return int(packs or 0)

    def close(self) -> None:
        self._ledger.close()
        self._spool.close()

    def _hot(self, device: int, cooler: int) -> Pack:
        taken = Reading(
            probe=probe_of(device, cooler * PROBES_A_DEVICE // COOLERS_A_DEVICE),
            at_ms=time.time_ns() // 1_000_000,
            value=_HOT_CELSIUS,
        )
        numbers = Sequences.of([_FIRST_SEQUENCE + self.count])
        return Pack(outbox=UUID(int=device + 1), sequences=numbers, readings=(taken,))

    def _incidents(self) -> int:
        (count,) = self._ledger.execute("SELECT count(*) FROM incident").fetchone()
        return int(count)
