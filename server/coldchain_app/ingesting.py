"""The stages of ingest: one alone, or the first of several workers with what it does for the others."""

from contextlib import ExitStack

from coldchain_app.app import App
from coldchain_app.workers import Command, WorkerProcesses, WorkerRoll
from coldchain_server.ingest.emptying import Emptying
from coldchain_server.ingest.stage import Ingest
from coldchain_server.stage import Stage


def ingest_stages(app: App, *, worker: int, others: Command | None, started: ExitStack) -> list[Stage]:
    """Return the stages of one worker. The first starts `others`, and empties the sessions of those there were."""
    own = _ingest(app, worker, started)
    if worker > 1:
        return [own]
    workers, roll = app.settings.mqtt.workers, WorkerRoll(app.data)
    highest = max(workers, roll.highest())
    roll.note(highest)
    stages: list[Stage] = [own]
    if others is not None and workers > 1:
        processes = WorkerProcesses(others, workers=workers)
        started.callback(processes.close)
        stages.append(processes)
    left: list[Emptying] = []
    for number in range(workers + 1, highest + 1):
        left.append(Emptying(_ingest(app, number, started), worker=number, ended=lambda: _note(roll, workers, left)))
    return [*stages, *left]


def _note(roll: WorkerRoll, workers: int, left: list[Emptying]) -> None:
    if all(one.done for one in left):
        roll.note(workers)


def _ingest(app: App, worker: int, started: ExitStack) -> Ingest:
    stage = Ingest(
        app.settings.mqtt,
        spool=app.spool(),
        sessions=app.sessions(),
        fleet=app.fleet(),
        clock=app.clock,
        worker=worker,
    )
    stage.start()
    started.callback(stage.close)
    return stage
