"""The server put together: which parts there are, in which order they start, and how they stop."""

import time
from collections.abc import Callable, Collection
from contextlib import ExitStack

import structlog

from coldchain_app.app import App
from coldchain_app.ingesting import ingest_stages
from coldchain_app.listening import ModemListener
from coldchain_app.runner import Runner
from coldchain_app.web import WebServer
from coldchain_app.workers import Command
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.secret import kept_secret
from coldchain_server.actions import Actions
from coldchain_server.asking.steadying import Steadying
from coldchain_server.asking.watch import GapWatch
from coldchain_server.errors import ServerError
from coldchain_server.hand.stage import HandReadings
from coldchain_server.incidents.stage import Incidents
from coldchain_server.jobs.disk import DiskWatch
from coldchain_server.jobs.learning import Learning
from coldchain_server.jobs.schedule import Job, Schedule
from coldchain_server.judging.rejudging import Rejudging
from coldchain_server.judging.stage import Judging
from coldchain_server.modem.stage import Modem
from coldchain_server.notifications.channels import open_channel
from coldchain_server.notifications.health import Health, Opener, watched
from coldchain_server.notifications.replies import Replies
from coldchain_server.notifications.stage import Notifications
from coldchain_server.queries import Queries
from coldchain_server.queries.milk_said import milks_of
from coldchain_server.stage import Stage
from coldchain_server.words.lexicons import Lexicons
from coldchain_server.writing.stage import Writing

log = structlog.get_logger()

STAGES = ("ingest", "hand", "writing", "judging", "rejudging", "incidents", "notifications", "modem")
PARTS = (*STAGES, "jobs", "pages")
"""What `run --only` can name: the stages in the order data flows through them, then the jobs and the pages."""

_HUNG_AFTER_S = 120.0


class Server:
    """Starts the parts named by `only` in order and stops them in reverse."""

    def __init__(
        self, app: App, *, only: Collection[str] = PARTS, worker: int = 1, others: Command | None = None
    ) -> None:
        """`worker` is which of the ingest workers this is; the first starts the `others`, where it is told how."""
        self._app, self._only, self._worker, self._others = app, only, worker, others
        self._running = ExitStack()
        self._runner = Runner([])
        self._goes_by_edit = (0, 0)
        self.web: WebServer | None = None

    def start(self) -> None:
        """Open what the chosen parts need and start them; whatever fails, what was started is stopped again."""
        with ExitStack() as started:
            started.callback(self._app.close)
            self._goes_by_edit = self._app.newest_edit()
            self._prepare_store()
            self._runner = Runner(self.stages(started))
            self._runner.start()
            started.callback(self._runner.stop)
            if "jobs" in self._only:
                self._start_jobs(started)
            if "pages" in self._only:
                self._start_pages(started)
            self._running = started.pop_all()

    def stop(self) -> None:
        self._running.close()

    def outdated(self) -> bool:
        """Return whether limits or offsets were changed since the parts started; False while the ledger cannot say."""
        try:
            return self._app.newest_edit() != self._goes_by_edit
        except ServerError:
            return False

    def renew(self) -> None:
        """Stop all parts and start them again, going by the limits and offsets as they are now."""
        log.info("limits or offsets were changed, the parts begin anew")
        self.stop()
        self.start()

    def hung(self) -> list[str]:
        """Return the stages whose present step has lasted two minutes or more."""
        return self._runner.hung(after_s=_HUNG_AFTER_S, now=time.monotonic())

    def stages(self, started: ExitStack) -> list[Stage]:
        """Return the chosen stages in the order data flows: the one place that says it."""
        app = self._app

        made: dict[str, Callable[[], list[Stage]]] = {
            "ingest": lambda: ingest_stages(app, worker=self._worker, others=self._others, started=started),
            "hand": lambda: [HandReadings(spool=app.spool(), sessions=app.sessions(), clock=app.clock)],
            "writing": lambda: [
                Writing(spool=app.spool(), store=app.store(), rest_s=app.settings.store.flush_interval / 1000)
            ],
            "judging": lambda: [
                Judging(spool=app.spool(), sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
            ],
            "rejudging": lambda: [
                Rejudging(
                    spool=app.spool(), store=app.store(), sessions=app.sessions(), fleet=app.fleet(), clock=app.clock
                )
            ],
            "incidents": lambda: [
                Incidents(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock, settings=app.settings.incidents)
            ],
            "notifications": lambda: [
                Notifications(
                    sessions=app.sessions(),
                    fleet=app.fleet(),
                    clock=app.clock,
                    settings=app.settings.notifications,
                    opener=self._opener(),
                    lexicons=Lexicons(app.fleet(), app.recordings()).now,
                    milks=milks_of(app.fleet()),
                ),
                Replies(
                    sessions=app.sessions(),
                    fleet=app.fleet(),
                    clock=app.clock,
                    settings=app.settings.notifications,
                    opener=self._opener(),
                ),
            ],
            "modem": self._modem,
        }
        return [stage for name in STAGES if name in self._only for stage in made[name]()]

    def _opener(self) -> Opener:
        """Return what opens channels, each gateway's doing well or badly being written down."""
        return watched(open_channel, Health(sessions=self._app.sessions(), clock=self._app.clock))

    def _modem(self) -> list[Stage]:
        app, modem = self._app, self._app.settings.notifications.modem
        if modem is None:
            return []
        actions = Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
        listener = ModemListener(actions, Health(sessions=app.sessions(), clock=app.clock))
        return [Modem(modem, listener=listener, clock=app.clock)]

    def _prepare_store(self) -> None:
        """A store that is away or refuses now delays nothing: its writer says so and tries again."""
        if not {"writing", "rejudging", "pages"} & set(self._only):
            return
        try:
            self._app.store().prepare()
        except ServerError as error:
            log.error("store is not ready", trouble=str(error))

    def _start_jobs(self, started: ExitStack) -> None:
        app = self._app
        gaps = GapWatch(sessions=app.sessions(), spool=app.spool(), fleet=app.fleet(), clock=app.clock)
        steadying = Steadying(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
        learning = Learning(sessions=app.sessions(), store=app.store(), fleet=app.fleet(), clock=app.clock)
        jobs = Schedule(
            [
                Job(name="disk", every_s=300, do=DiskWatch(app.data)),
                Job(name="gaps", every_s=60, do=gaps),
                Job(name="steadying", every_s=5, do=steadying),
                Job(name="learning", every_s=600, do=learning),
            ],
            clock=app.clock,
        )
        jobs.start()
        started.callback(jobs.stop)

    def _start_pages(self, started: ExitStack) -> None:
        app = self._app
        queries = Queries(
            sessions=app.sessions(),
            fleet=app.fleet(),
            store=app.store(),
            clock=app.clock,
            spool=app.spool(),
            recordings=app.recordings(),
        )
        actions = Actions(sessions=app.sessions(), fleet=app.fleet(), clock=app.clock)
        pages = create_pages(
            queries=queries,
            actions=actions,
            settings=app.settings.web,
            clock=app.clock,
            secret_key=kept_secret(app.data / "pages.key"),
            gateways=app.settings.notifications.gateways(),
        )
        self.web = WebServer(pages, host=app.settings.web.host, port=app.settings.web.port)
        self.web.start()
        started.callback(self.web.stop)
        log.info("pages are served", address=f"http://{self.web.host}:{self.web.port}")
