"""From transitions to people, on both ledgers and through a real web server: timelines of what is told when."""

import threading
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from coldchain_contract.clock import SetClock
from coldchain_server.errors import LedgerUnavailable
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.ledger.database import open_ledger, sessions_of
from coldchain_server.ledger.tables import CursorRow, TransitionRow
from coldchain_server.notifications.channels import Channel, Message, Outcome, open_channel
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from invented.incident_ledger import HOUR, MINUTE, NOON, Ledger, fleet_of_contacts, person
from servers.web_hook import WebHook

SETTINGS = NotificationSettings(connect_timeout_s=0.5, answer_timeout_s=0.5)
PATIENT = NotificationSettings(connect_timeout_s=20, answer_timeout_s=20)
"""What is not taken in time is tried again later; here there is no later, however busy the machine."""


def stage(ledger: Ledger, fleet: Fleet, clock: SetClock, settings: NotificationSettings = SETTINGS) -> Notifications:
    return Notifications(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=settings)


def until_quiet(notifications: Notifications) -> None:
    while notifications.step():
        pass


def test_a_critical_incident_is_told_once_to_each_person_on_each_channel_when_it_opens_and_when_it_ends(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = stage(ledger, fleet, clock)
    incident = ledger.opens()
    until_quiet(notifications)
    assert sorted(path for path, _ in hook.posts) == ["aichatou", "moussa", "neighbour"]
    assert all("depuis ce matin 11:00" in text or "since this morning 11:00" in text for text in hook.texts())
    clock.set(NOON + HOUR)
    ledger.changes(incident, "resolved", at=NOON + HOUR)
    until_quiet(notifications)
    assert len(hook.posts) == 6
    assert sum("n'est plus trop chaud depuis cet après-midi 13:00" in text for text in hook.texts()) == 2
    assert ledger.states() == ["sent"] * 6


def test_a_row_keeps_what_was_said_to_whom_by_which_kind_of_channel_and_never_the_address(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    ledger.opens()
    until_quiet(stage(ledger, fleet, clock))
    first = ledger.rows()[0]
    assert (first.contact, first.channel, first.channel_kind, first.language) == ("aichatou", 0, "json", "fr")
    assert (first.attempts, first.sent_ms, first.created_ms, first.outcome) == (1, NOON, NOON, "taken")
    assert first.text in hook.texts()
    everything = "".join(str(vars(row)) for row in ledger.rows())
    assert "secret" not in everything


def test_of_an_answer_the_others_hear_and_of_one_to_a_warning_nobody(
    ledger: Ledger, fleet: Fleet, clock: SetClock
) -> None:
    notifications = stage(ledger, fleet, clock)
    critical, warning = ledger.opens(), ledger.opens(unit="menaka-2", level="warning")
    until_quiet(notifications)
    told = len(ledger.rows())
    ledger.changes(critical, "acknowledged", who="aichatou")
    ledger.changes(warning, "acknowledged", who="aichatou")
    with capture_logs() as logs:
        until_quiet(notifications)
        until_quiet(notifications)
    assert [(row.contact, row.kind) for row in ledger.rows()[told:]] == [
        ("neighbour", "acknowledged"),
        ("moussa", "acknowledged"),
    ]
    assert [log["because"] for log in logs if log["event"] == "not told"] == [
        "somebody has answered; that is shown on the pages"
    ]


def test_one_bad_channel_stops_no_other(ledger: Ledger, clock: SetClock, hook: WebHook) -> None:
    hook.refused_paths = {"broken"}
    fleet = fleet_of_contacts(
        person("a", Role.COOPERATIVE, hook.url("broken")),
        person("b", Role.TECHNICIAN, "console:"),
        steps=((0, ("a", "b")),),
    )
    ledger.opens()
    until_quiet(stage(ledger, fleet, clock))
    assert ledger.states() == ["pending", "sent"]
    assert ledger.rows()[0].outcome == "json: the other side answered 503"


def test_the_next_channel_of_a_person_is_used_at_once_and_the_first_no_more_once_that_has_told_them(
    ledger: Ledger, clock: SetClock, hook: WebHook
) -> None:
    hook.refused_paths = {"broken"}
    fleet = fleet_of_contacts(
        person("a", Role.COOPERATIVE, hook.url("broken"), "json://127.0.0.1:9/", hook.url("good"), hook.url("spare"))
    )
    notifications = stage(ledger, fleet, clock)
    ledger.opens()
    until_quiet(notifications)
    assert [(row.channel, row.state, row.counts) for row in ledger.rows()] == [
        (0, "pending", False),
        (1, "pending", False),
        (2, "sent", True),
    ]
    clock.set(NOON + MINUTE)
    until_quiet(notifications)
    assert ledger.states() == ["failed", "failed", "sent"]
    assert ledger.rows()[0].outcome.startswith("the person was told by another channel")


class Faulty:
    """A channel with a fault of ours: it raises what no channel should, its text holding a secret."""

    kind, once = "ntfy", False

    def tell(self, message: Message) -> Outcome:
        raise RuntimeError(f"dear-secret in {message.title}")


def test_a_fault_in_a_channel_stops_no_other_and_shows_no_secret(
    ledger: Ledger, clock: SetClock, hook: WebHook
) -> None:
    fleet = fleet_of_contacts(
        person("a", Role.COOPERATIVE, "ntfy://faulty"),
        person("b", Role.COOPERATIVE, hook.url()),
        steps=((0, ("a", "b")),),
    )

    def opener(address: str, settings: NotificationSettings) -> Channel:
        return Faulty() if "faulty" in address else open_channel(address, settings)

    ledger.opens()
    until_quiet(Notifications(sessions=ledger.sessions, fleet=fleet, clock=clock, settings=SETTINGS, opener=opener))
    assert [(row.state, row.outcome) for row in ledger.rows()] == [("pending", "ntfy: RuntimeError"), ("sent", "taken")]


def test_a_channel_that_fails_is_tried_again_ever_more_slowly_until_it_takes_the_message(
    ledger: Ledger, clock: SetClock, hook: WebHook
) -> None:
    fleet = fleet_of_contacts(person("a", Role.COOPERATIVE, hook.url()))
    notifications = stage(ledger, fleet, clock)
    hook.status = 503
    ledger.opens()
    tried = []
    for second in range(0, 240, 10):
        clock.set(NOON + second * 1000)
        before = len(hook.posts)
        until_quiet(notifications)
        if len(hook.posts) > before:
            tried.append(second)
        hook.status = 503 if second < 200 else 200
    assert tried == [0, 30, 90, 210]
    assert ledger.states() == ["sent"]
    assert len({str(body["title"]) for _, body in hook.posts}) == 1


def test_what_cannot_be_told_in_time_is_given_up_and_said_once(ledger: Ledger, clock: SetClock, hook: WebHook) -> None:
    fleet = fleet_of_contacts(person("a", Role.COOPERATIVE, hook.url()))
    notifications = stage(ledger, fleet, clock)
    hook.status = 500
    ledger.opens(level="warning")
    with capture_logs() as logs:
        for minute in range(0, 3 * 60, 20):
            clock.set(NOON + minute * MINUTE)
            until_quiet(notifications)
    assert [(row.state, row.outcome) for row in ledger.rows()] == [("failed", "json: the other side answered 500")]
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == [
        "message not delivered; tried again later",
        "message given up",
    ]


def test_a_warning_at_night_is_told_in_the_morning_in_the_mornings_words(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    night = NOON + 10 * HOUR
    clock.set(night)
    notifications = stage(ledger, fleet, clock)
    ledger.opens(level="warning", at=night)
    until_quiet(notifications)
    assert hook.posts == []
    clock.set(NOON + 18 * HOUR)
    until_quiet(notifications)
    assert "Frigo 1, Ménaka: trop chaud depuis hier soir 21:00. Gardez fermé." in hook.texts()


def test_a_warning_that_is_over_by_morning_wakes_nobody(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    night = NOON + 10 * HOUR
    clock.set(night)
    notifications = stage(ledger, fleet, clock)
    incident = ledger.opens(level="warning", at=night)
    until_quiet(notifications)
    ledger.changes(incident, "resolved", at=night + HOUR)
    clock.set(NOON + 18 * HOUR)
    until_quiet(notifications)
    assert hook.posts == []
    assert {row.outcome for row in ledger.rows()} == {"it was over before anybody was told"}


def test_a_message_held_up_into_the_curfew_says_do_not_go_out(ledger: Ledger, clock: SetClock, hook: WebHook) -> None:
    fleet = fleet_of_contacts(person("a", Role.COOPERATIVE, hook.url()))
    notifications = stage(ledger, fleet, clock)
    hook.status = 503
    evening = NOON + 8 * HOUR - MINUTE
    clock.set(evening)
    ledger.opens(at=evening)
    until_quiet(notifications)
    hook.status = 200
    clock.set(evening + 2 * MINUTE)
    until_quiet(notifications)
    assert [text.endswith("Ne sortez pas.") for text in hook.texts()] == [False, True]
    assert ledger.rows()[0].text == hook.texts()[1]


def test_a_breach_that_began_while_the_server_was_off_for_days_is_still_told(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    ledger.opens(at=NOON - 50 * HOUR)
    over = ledger.opens(unit="menaka-2", at=NOON - 49 * HOUR)
    ledger.changes(over, "resolved", at=NOON - 48 * HOUR)
    until_quiet(stage(ledger, fleet, clock))
    assert len(hook.posts) == 3
    assert all("8 mai 09:00" in text or "8 May 09:00" in text for text in hook.texts())


def test_what_the_fleet_file_no_longer_names_stops_nothing(ledger: Ledger, fleet: Fleet, clock: SetClock) -> None:
    ledger.opens(unit="sold-last-year")
    ledger.opens(reason="a reason of a later version")
    with capture_logs() as logs:
        until_quiet(stage(ledger, fleet, clock))
    assert ledger.states() == ["sent"] * 3
    assert "sold-last-year" in next(str(log["trouble"]) for log in logs if log["log_level"] == "error")
    assert "quelque chose ne va pas" in ledger.rows()[0].text


def test_a_contact_whose_channels_changed_is_not_told_by_another_kind(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    hook.status = 503
    ledger.opens()
    until_quiet(stage(ledger, fleet, clock))
    moved = msgspec.structs.replace(fleet, contacts=(person("aichatou", Role.COOPERATIVE, "console:"),))
    clock.set(NOON + MINUTE)
    until_quiet(stage(ledger, moved, clock))
    assert [row.outcome for row in ledger.rows()] == [
        "channel 0 of contact 'aichatou' is no json any more",
        "contact 'neighbour' is not in the fleet file any more",
        "contact 'moussa' is not in the fleet file any more",
    ]


def test_two_processes_on_one_ledger_tell_everything_once(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    for number in range(1, 11):
        ledger.opens(unit=f"menaka-{number}")
    together = threading.Barrier(2)

    def process() -> None:
        url = ledger.engine.url.render_as_string(hide_password=False)
        engine = open_ledger(url)
        own = Notifications(sessions=sessions_of(engine), fleet=fleet, clock=clock, settings=PATIENT)
        together.wait()
        until_quiet(own)
        engine.dispose()

    threads = [threading.Thread(target=process) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until_quiet(stage(ledger, fleet, clock))
    assert ledger.states() == ["sent"] * 30
    assert len(hook.posts) == 30


def test_one_cause_is_told_once_though_it_crosses_several_limits_and_over_when_it_is_all_over(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = stage(ledger, fleet, clock)
    first, second = ledger.opens(), ledger.opens()
    until_quiet(notifications)
    assert len(hook.posts) == 3
    ledger.changes(first, "resolved")
    until_quiet(notifications)
    assert len(hook.posts) == 3
    ledger.changes(second, "resolved")
    until_quiet(notifications)
    assert len(hook.posts) == 6


def test_what_grows_from_a_warning_to_critical_is_told_again(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = stage(ledger, fleet, clock)
    ledger.opens(level="warning")
    until_quiet(notifications)
    ledger.opens(level="critical")
    until_quiet(notifications)
    assert len(hook.posts) == 6


def test_what_became_worse_before_it_was_told_is_told_once(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    hook.status = 503
    notifications = stage(ledger, fleet, clock)
    incident = ledger.opens(level="warning")
    until_quiet(notifications)
    hook.posts.clear()
    hook.status = 200
    ledger.changes(incident, "open", level="critical")
    clock.set(NOON + HOUR)
    until_quiet(notifications)
    assert len(hook.posts) == 3
    assert ledger.states() == ["failed"] * 3 + ["sent"] * 3
    assert ledger.rows()[0].outcome.startswith("it has become worse since")


def test_an_incident_that_nobody_judges_any_more_is_not_said_to_be_over(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    notifications = stage(ledger, fleet, clock)
    incident = ledger.opens()
    until_quiet(notifications)
    ledger.changes(incident, "resolved", why="withdrawn")
    until_quiet(notifications)
    assert len(hook.posts) == 3


def test_what_goes_on_in_another_incident_is_told_though_its_own_is_over_before_it_could_be(
    ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    hook.status = 503
    notifications = stage(ledger, fleet, clock)
    first = ledger.opens()
    ledger.opens()
    until_quiet(notifications)
    hook.status = 200
    hook.posts.clear()
    ledger.changes(first, "resolved")
    clock.set(NOON + MINUTE)
    until_quiet(notifications)
    assert len(hook.posts) == 3


def test_critical_messages_leave_before_warnings(ledger: Ledger, fleet: Fleet, clock: SetClock, hook: WebHook) -> None:
    settings = msgspec.structs.replace(SETTINGS, in_parallel=3)
    ledger.opens(level="warning")
    ledger.opens(level="critical")
    stage(ledger, fleet, clock, settings).step()
    assert all("Testez" in text or "Test the milk" in text for text in hook.texts())
    assert len(hook.posts) == 3


def test_a_transition_whose_number_appears_late_is_not_passed_over(
    ledger: Ledger, fleet: Fleet, clock: SetClock
) -> None:
    """PostgreSQL numbers rows before they are committed: 5 may be seen after 6."""
    notifications = stage(ledger, fleet, clock)
    ledger.opens()
    second = ledger.opens(unit="menaka-2")
    with ledger.sessions.begin() as session:
        late = session.get_one(TransitionRow, 2)
        values = {"happened_ms": NOON, "learnt_ms": NOON, "who": "judging", "why": "", "verdict_id": None}
        session.delete(late)
    with ledger.sessions.begin() as session:
        session.add(TransitionRow(id=3, incident_id=second, from_state="open", to_state="acknowledged", **values))
    until_quiet(notifications)
    assert len(ledger.rows()) == 3
    with ledger.sessions.begin() as session:
        session.add(TransitionRow(id=2, incident_id=second, from_state="none", to_state="open", **values))
    until_quiet(notifications)
    assert len(ledger.rows()) == 6


def test_with_nothing_new_the_ledger_is_only_read(sqlite_ledger: Ledger, fleet: Fleet, clock: SetClock) -> None:
    notifications = stage(sqlite_ledger, fleet, clock)
    until_quiet(notifications)
    with sqlite_ledger.engine.connect() as watcher:
        before = watcher.exec_driver_sql("pragma data_version").scalar()
        watcher.rollback()
        assert notifications.step() is False
        assert watcher.exec_driver_sql("pragma data_version").scalar() == before


def test_a_ledger_that_is_away_is_said_and_nothing_is_lost(
    tmp_path: Path, fleet: Fleet, clock: SetClock, hook: WebHook
) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    ledger = Ledger(engine)
    notifications = stage(ledger, fleet, clock)
    ledger.opens()
    engine.dispose()
    (tmp_path / "ledger.sqlite").rename(tmp_path / "away.sqlite")
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(LedgerUnavailable):
        notifications.step()
    engine.dispose()
    (tmp_path / "ledger.sqlite").rmdir()
    (tmp_path / "away.sqlite").rename(tmp_path / "ledger.sqlite")
    until_quiet(notifications)
    assert len(hook.posts) == 3
    engine.dispose()


def test_the_cursor_is_the_newest_transition_read(ledger: Ledger, fleet: Fleet, clock: SetClock) -> None:
    for number in range(1, 4):
        ledger.opens(unit=f"menaka-{number}")
    until_quiet(stage(ledger, fleet, clock))
    with ledger.sessions() as session:
        newest = session.scalar(text("select max(id) from transition"))
        assert session.get_one(CursorRow, "notifications").position == newest
