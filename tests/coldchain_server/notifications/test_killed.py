"""A process is killed, as by a power cut, at each of its commits and each of its messages in turn: nothing is lost."""

import functools
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from coldchain_contract.clock import SetClock
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.notifications.channels import Channel, Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from invented.incident_ledger import MIGRATED, MINUTE, NOON, Ledger, fleet_of_contacts, person
from servers.postgresql import Postgresql

SETTINGS = NotificationSettings(
    connect_timeout_s=2, answer_timeout_s=2, in_parallel=1, first_reminder_s=86400, longest_reminder_s=7 * 86400
)
BEFORE_COMMIT, BEFORE_TELLING, AFTER_TELLING = "before commit", "before telling", "after telling"


class Taken:
    """What was taken at each address: a file that outlives whoever writes to it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.clear()

    def clear(self) -> None:
        self._file.write_text("")

    def take(self, address: str, title: str) -> None:
        with self._file.open("a") as out:
            out.write(f"{address} {title}\n")

    def counted(self) -> Counter[tuple[str, str]]:
        """Return how often each title was taken at each address."""
        lines = (line.partition(" ") for line in self._file.read_text().splitlines())
        return Counter((address.removeprefix("json://"), title) for address, _, title in lines)


class Points:
    """Counts what a process does that others can see, and kills it at the `last`, or the first of that name."""

    def __init__(self, taken: Taken, last: int | str | None = None) -> None:
        self.passed: list[str] = []
        self._taken, self._last = taken, last

    def at(self, name: str) -> None:
        self.passed.append(name)
        if self._last in (len(self.passed), name):
            os.kill(os.getpid(), signal.SIGKILL)

    def commit(self, _connection: Connection) -> None:
        self.at(BEFORE_COMMIT)

    def opener(self, address: str, settings: NotificationSettings) -> Channel:  # noqa: ARG002 - it is an opener
        return _Told(address, self, self._taken)


class _Told:
    """A channel whose taking survives its process; that of `broken` takes nothing."""

    kind, once = "json", False

    def __init__(self, address: str, points: Points, taken: Taken) -> None:
        self._address, self._points, self._taken = address, points, taken

    def tell(self, message: Message) -> Outcome:
        self._points.at(BEFORE_TELLING)
        if "broken" in self._address:
            raise ChannelFailed("json: away")
        self._taken.take(self._address, message.title)
        self._points.at(AFTER_TELLING)
        return Outcome(said="taken")


def run(url: str, fleet: Fleet, points: Points, *minutes: int) -> None:
    """Be a process that works at these minutes."""
    engine = open_ledger(url)
    event.listen(engine, "commit", points.commit)
    clock = SetClock(NOON)
    stage = Notifications(
        sessions=sessions_of(engine), fleet=fleet, clock=clock, settings=SETTINGS, opener=points.opener
    )
    for minute in minutes:
        clock.set(NOON + minute * MINUTE)
        while stage.step():
            pass
    engine.dispose()


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    return Taken(tmp_path / "taken")


def killed(work: Callable[[], None]) -> bool:
    """Do it in a process of its own; return whether that was killed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def story(url: str) -> None:
    """Leave an incident that is critical, and one that is not."""
    engine = open_ledger(url)
    ledger = Ledger(engine, migrated=True)
    ledger.opens()
    ledger.opens(unit="menaka-2", level="warning")
    engine.dispose()


def people() -> Fleet:
    """Return one whose first channel is broken, and a second who is told where nobody answers."""
    return fleet_of_contacts(
        person("aichatou", Role.COOPERATIVE, "json://broken", "json://good"),
        person("fati", Role.COOPERATIVE, "json://fati"),
        steps=((0, ("aichatou",)), (600, ("fati",))),
    )


def check(taken: Taken, at: str) -> None:
    """Everybody knows of every incident; only what is critical was said twice, and only one of it."""
    counted = taken.counted()
    critical = {key: times for key, times in counted.items() if key[1].startswith("coldchain 1-")}
    others = {key: times for key, times in counted.items() if key not in critical}
    assert {path for path, _ in critical} == {"good", "fati"}, at
    assert {title.split("-")[0] for _, title in others} == {"coldchain 2"}, at
    assert set(others.values()) == {1}, at
    assert sum(times - 1 for times in critical.values()) <= (0 if at == BEFORE_TELLING else 1), at


def every_point(url_of: Callable[[int], str], taken: Taken, *, step: int) -> int:
    """Kill a process at every `step`-th point, let another go on, and look; return how many points there are."""
    fleet, points = people(), Points(taken)
    story(url_of(0))
    run(url_of(0), fleet, points, 0, 10)
    check(taken, "never")
    assert set(points.passed) == {BEFORE_COMMIT, BEFORE_TELLING, AFTER_TELLING}
    for number in range(1, len(points.passed) + 1, step):
        taken.clear()
        url, mortal = url_of(number), Points(taken, number)
        story(url)
        assert killed(lambda url=url, mortal=mortal: run(url, fleet, mortal, 0, 10))  # type: ignore[misc]
        run(url, fleet, Points(taken), 20, 30)
        check(taken, points.passed[number - 1])
    return len(points.passed)


def test_a_process_that_is_killed_anywhere_loses_nothing_and_doubles_only_what_must_be(
    tmp_path: Path, migrated_file: Path, taken: Taken
) -> None:
    def copy(number: int) -> str:
        file = tmp_path / f"{number}.sqlite"
        if not file.exists():
            shutil.copy(migrated_file, file)
        return f"sqlite:///{file}"

    assert every_point(copy, taken, step=1) >= 20


def test_nor_does_one_on_postgresql(migrated_database: Postgresql, taken: Taken) -> None:
    @functools.cache
    def copy(number: int) -> str:
        return migrated_database.database(like=MIGRATED)

    every_point(copy, taken, step=4)


@pytest.mark.parametrize("level", ["critical", "warning"])
def test_what_was_taken_before_the_stop_is_handed_again_to_a_channel_that_delivers_once_whatever_it_is(
    sqlite_ledger: Ledger, taken: Taken, level: str
) -> None:
    fleet = fleet_of_contacts(person("fati", Role.COOPERATIVE, "gammu:+22370000001"))
    sqlite_ledger.opens(level=level)
    url = sqlite_ledger.engine.url.render_as_string(hide_password=False)
    mortal = Points(taken, AFTER_TELLING)
    assert killed(lambda: run(url, fleet, mortal, 0))
    run(url, fleet, Points(taken), 20)
    assert list(taken.counted().values()) == [2]  # under one id, which such a channel delivers once
    assert [row.state for row in sqlite_ledger.rows()] == ["sent"]
