"""Ingest in several processes: all are started, started again where they end, and gone with the first."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.flood import flooded, packets
from benchmarks.ingesters.ingester import Places, Running
from benchmarks.ingesters.ours import ours
from benchmarks.large_fleet import large_fleet
from benchmarks.process_tree import tree
from benchmarks.stream import DEVICES, begun_ms, stream_of
from coldchain_app.workers import WorkerEnded, WorkerProcesses, WorkerRoll
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from servers.mosquitto import Mosquitto
from servers.process import eventually

COUNT = 2000
WAITING = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[WorkerProcesses]:
    """Two processes beside the first, each of which waits until its input ends."""
    processes = WorkerProcesses(lambda _number: WAITING, workers=3)
    yield processes
    processes.close()


def running(processes: WorkerProcesses) -> dict[int, subprocess.Popen[bytes]]:
    return {number: process for number, process in processes._running.items() if process is not None}


def test_all_workers_but_the_first_are_started(workers: WorkerProcesses) -> None:
    workers.step()
    assert sorted(running(workers)) == [2, 3]
    before = {number: process.pid for number, process in running(workers).items()}
    workers.step()
    assert {number: process.pid for number, process in running(workers).items()} == before


def test_a_worker_that_has_ended_is_named_and_started_again(workers: WorkerProcesses) -> None:
    workers.step()
    third = running(workers)[3]
    third.kill()
    third.wait()
    with pytest.raises(WorkerEnded, match=r"worker 3 with -9"):
        workers.step()
    workers.step()
    assert sorted(running(workers)) == [2, 3]
    assert running(workers)[3].pid != third.pid


def test_all_workers_are_gone_after_closing() -> None:
    processes = WorkerProcesses(lambda _number: WAITING, workers=3)
    processes.step()
    started = list(running(processes).values())
    processes.close()
    assert [process.poll() is not None for process in started] == [True, True]
    assert running(processes) == {}


def test_the_highest_number_there_was_is_remembered(tmp_path: Path) -> None:
    assert WorkerRoll(tmp_path).highest() == 1
    WorkerRoll(tmp_path).note(4)
    assert WorkerRoll(tmp_path).highest() == 4


def test_workers_share_the_readings_and_a_killed_one_loses_none(mosquitto: Mosquitto, tmp_path: Path) -> None:
    sent = stream_of(COUNT)
    server = started(mosquitto, tmp_path, enrolled_ms=begun_ms(sent), workers=2)
    spool = Spool(tmp_path / "ours/server/spool.sqlite", quota=Quota(entries=1, bytes=1))
    spelled = b"".join(packets(server.ingester.spelled(device, pack) for device, pack in sent))
    outboxes = {pack.outbox for _, pack in sent}

    def came() -> int:
        return sum(len(spool.received(outbox)) for outbox in outboxes)

    def begins() -> bool:
        with flooded(mosquitto.port, spelled, count=COUNT):
            return came() > 0

    try:
        eventually(begins, within=30, what="nobody listens")
        os.kill(second_of(server), signal.SIGKILL)
        eventually(lambda: came() == COUNT, within=60, what="what waits for a worker does not come")
    finally:
        spool.close()
        server.stop()


def test_no_worker_outlives_the_first(mosquitto: Mosquitto, tmp_path: Path) -> None:
    server = started(mosquitto, tmp_path, enrolled_ms=0, workers=2)
    second = second_of(server)
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    eventually(lambda: not Path(f"/proc/{second}").exists(), within=30)


def started(mosquitto: Mosquitto, folder: Path, *, enrolled_ms: int, workers: int) -> Running:
    """Run ingest as it is run in the field, and wait until both processes listen."""
    places = Places(broker_port=mosquitto.port, influxdb_port=1, database="coldchain-server", folder=folder / "ours")
    fleet = large_fleet(DEVICES, from_ms=enrolled_ms)
    server = Running(ours(places, fleet=fleet, enrolled_ms=enrolled_ms, only="ingest", workers=workers))
    said = places.folder / "output.log"
    eventually(lambda: said.read_text().count("server runs") == workers, within=30, what="not all workers run")
    heard_of = [f" as coldchain-server{suffix} " for suffix in ("", *(f"-{one}" for one in range(2, workers + 1)))]
    broker = mosquitto.server.log
    eventually(lambda: all(name in broker.read_text() for name in heard_of), within=30, what="not all are connected")
    return server


def second_of(server: Running) -> int:
    (second,) = tree(server._process.pid)[1:]
    return second
