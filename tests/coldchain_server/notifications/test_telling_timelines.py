"""Stories of telling as timelines: the minute, what happens, and who is told what."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import SiteId
from coldchain_server.fleet.model import Contact, Fleet, Hours, Role
from coldchain_server.ledger.tables import VerdictRow
from coldchain_server.notifications.channels import Channel, Message, Outcome, open_channel
from coldchain_server.notifications.disabling import enable
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from invented.incident_ledger import MINUTE, NOON, Ledger, fleet_of_contacts, person
from servers.web_hook import WebHook

SETTINGS = NotificationSettings(connect_timeout_s=10, answer_timeout_s=10)
STEPS = ((0, ("aichatou",)), (600, ("fati",)), (1800, ("moussa",)), (3600, ("boss",)))


class Story:
    """A fleet, a server that is stepped by hand, and what people were told since the last look."""

    def __init__(self, ledger: Ledger, hook: WebHook, *people: Contact, start: int = NOON, **fleet: object) -> None:
        self.ledger, self.hook, self.start = ledger, hook, start
        self.clock = SetClock(start)
        self.fleet = structs.replace(fleet_of_contacts(*(people or self.usual()), steps=STEPS), **fleet)
        self.opener: Callable[[str, NotificationSettings], Channel] = open_channel
        self._seen = len(hook.posts)

    def usual(self) -> tuple[Contact, ...]:
        return (
            person("aichatou", Role.COOPERATIVE, self.hook.url("aichatou")),
            person("fati", Role.COOPERATIVE, self.hook.url("fati")),
            person("moussa", Role.TECHNICIAN, self.hook.url("moussa")),
            person("boss", Role.ADMIN, self.hook.url("boss")),
        )

    def now(self, minute: float) -> int:
        return self.start + int(minute * MINUTE)

    def at(self, minute: float) -> list[str]:
        """Let the server work at a minute, and return who was told what, in order."""
        self.clock.set(self.now(minute))
        # A process of its own each time: whatever it knows, it has from the ledger.
        notifications = Notifications(
            sessions=self.ledger.sessions,
            fleet=self.fleet,
            clock=self.clock,
            settings=SETTINGS,
            opener=self.opener,
        )
        while notifications.step():
            pass
        sent = [row for row in self.ledger.rows() if row.sent_ms == self.clock.now_ms()]
        assert len(sent) <= len(self.hook.posts) - self._seen
        self._seen = len(self.hook.posts)
        return [f"{row.contact} {row.kind}" for row in sent]

    def opens(self, minute: float, **what: Any) -> int:
        return self.ledger.opens(at=self.now(minute), **what)

    def becomes(self, incident: int, state: str, minute: float, **what: Any) -> None:
        self.ledger.changes(incident, state, at=self.now(minute), **what)


def test_nobody_answers(ledger: Ledger, hook: WebHook) -> None:
    story = Story(ledger, hook)
    story.opens(0)
    told = {minute: heard for minute in range(0, 700, 5) if (heard := story.at(minute))}
    everybody = ["aichatou reminder", "fati reminder", "moussa reminder", "boss reminder"]
    assert told == {
        0: ["aichatou open"],
        10: ["fati escalation"],
        30: ["aichatou reminder", "fati reminder", "moussa escalation"],
        60: ["boss escalation"],
        90: everybody,
        210: everybody,
        450: everybody,
    }


def test_she_answers_before_anybody_else_is_told(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(0)
    assert story.at(0) == ["aichatou open"]
    story.becomes(incident, "acknowledged", 9, who="aichatou")
    assert [heard for minute in range(9, 500, 10) if (heard := story.at(minute))] == []


def test_somebody_further_on_answers_and_whoever_was_told_hears_of_it(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(0)
    story.at(0)
    assert story.at(10) == ["fati escalation"]
    story.becomes(incident, "acknowledged", 12, who="fati")
    assert story.at(12) == ["aichatou acknowledged"]
    assert story.at(40) == []
    story.becomes(incident, "resolved", 60)
    assert story.at(60) == ["aichatou resolved", "fati resolved"]


def test_what_was_answered_and_grows_worse_starts_again(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(0, level="warning")
    assert story.at(0) == ["aichatou open"]
    story.becomes(incident, "acknowledged", 5, who="aichatou")
    assert story.at(5) == []
    story.becomes(incident, "open", 20, level="critical", event="worse")
    assert story.at(20) == ["aichatou open"]
    assert story.at(30) == ["fati escalation"]


def test_an_answer_that_is_taken_back_goes_on_where_it_was(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(0)
    story.at(0)
    story.becomes(incident, "acknowledged", 2, who="aichatou")
    story.at(2)
    story.becomes(incident, "open", 4, event="undone")
    assert story.at(4) == []
    assert story.at(13) == []
    assert story.at(14) == ["fati escalation"]


def test_a_warning_is_told_once_and_to_nobody_else(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    story.opens(0, level="warning")
    assert story.at(0) == ["aichatou open"]
    assert [heard for minute in range(10, 400, 30) if (heard := story.at(minute))] == []


def test_a_text_to_who_does_not_read_counts_for_nothing_and_the_next_is_told_at_once(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    people = Story(sqlite_ledger, hook).usual()
    story = Story(sqlite_ledger, hook, structs.replace(people[0], literate=False), *people[1:])
    story.opens(0)
    assert story.at(0) == ["aichatou open", "fati escalation"]
    assert [row.counts for row in sqlite_ledger.rows()] == [False, True]
    assert [row.counts for row in sqlite_ledger.attempts()] == [False, True]
    assert story.at(19) == []
    assert story.at(20) == ["moussa escalation"]


def test_a_text_in_a_language_nobody_checked_goes_on_at_once_even_for_a_warning(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    people = Story(sqlite_ledger, hook).usual()
    story = Story(sqlite_ledger, hook, structs.replace(people[0], language="ttq"), *people[1:])
    story.opens(0, level="warning")
    assert story.at(0) == ["aichatou open", "fati escalation"]
    speaks_both = structs.replace(people[0], language="ttq", also_reads=("fr",))
    again = Story(sqlite_ledger, hook, speaks_both, *people[1:], start=NOON + 20 * MINUTE)
    again.opens(0, level="warning", unit="menaka-2")
    assert again.at(0)[-1] == "aichatou open"


def test_a_channel_that_fails_is_passed_over_at_once_and_still_tried_again(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    story = Story(sqlite_ledger, hook)
    hook.refused_paths = {"aichatou"}
    story.opens(0)
    assert story.at(0) == ["fati escalation"]
    hook.refused_paths = set()
    assert story.at(1) == ["aichatou open"]


def test_nobody_is_told_of_what_is_covered_until_it_is_uncovered(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(0)
    story.at(0)
    story.becomes(incident, "suppressed", 5)
    assert [heard for minute in range(5, 120, 5) if (heard := story.at(minute))] == []
    story.becomes(incident, "open", 120, event="released")
    assert story.at(120) == ["aichatou open"]


def test_in_the_curfew_a_warning_waits_and_danger_to_milk_does_not(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook, start=NOON + 9 * 60 * MINUTE)
    story.opens(0, level="warning", unit="menaka-2")
    story.opens(0)
    assert story.at(0) == ["aichatou open"]
    assert hook.texts()[-1].endswith("Ne sortez pas.")
    waiting = next(row for row in sqlite_ledger.rows() if row.state == "pending")
    assert waiting.outcome == "a warning waits for the end of the curfew"
    assert "aichatou open" in story.at(9 * 60)


def test_a_person_who_sleeps_is_told_in_the_morning_of_what_is_not_milk(sqlite_ledger: Ledger, hook: WebHook) -> None:
    people = Story(sqlite_ledger, hook).usual()
    asleep = structs.replace(people[0], quiet=Hours(start=time(11), end=time(13)))
    story = Story(sqlite_ledger, hook, asleep, *people[1:])
    story.opens(0, reason="silent")
    story.opens(0)
    assert story.at(0) == ["aichatou open"]
    assert "trop chaud" in hook.texts()[-1]
    assert "aichatou open" in story.at(60)


def test_what_is_more_than_the_hour_holds_is_told_as_a_number_in_the_next(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    for number in range(1, 10):
        story.opens(0, level="warning", unit=f"menaka-{number}")
    assert story.at(0) == ["aichatou open"] * 6
    assert sqlite_ledger.states() == ["sent"] * 6 + ["pending"] * 3
    assert story.at(59) == []
    assert story.at(60) == ["aichatou open"]
    assert hook.texts()[-1].endswith("Et 2 autres.")
    assert sqlite_ledger.states() == ["sent"] * 7 + ["folded"] * 2


def test_that_milk_is_in_danger_is_never_held_back_and_says_what_was(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    for number in range(1, 9):
        story.opens(0, level="warning", unit=f"menaka-{number}")
    story.at(0)
    story.opens(5, unit="menaka-10")
    assert story.at(5) == ["aichatou open"]
    assert "Et 2 autres." in hook.texts()[-1]


def test_two_probes_that_say_the_same_are_one_word_and_one_round(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    first = story.opens(0)
    story.opens(1)
    assert story.at(1) == ["aichatou open"]
    story.becomes(first, "resolved", 5)
    assert story.at(6) == []
    assert story.at(11) == ["fati escalation"]  # the second goes on where the first was


def test_what_was_over_before_anybody_knew_is_one_summary(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    incident = story.opens(-600)
    story.becomes(incident, "resolved", -590, event="past")
    assert story.at(0) == ["aichatou past", "moussa past"]


class Refusing:
    """A way that refuses the address for good, as a gateway does with a number that does not exist."""

    kind, once = "json", False

    def tell(self, message: Message) -> Outcome:
        raise ChannelFailed(f"json: no such number for {message.id}", permanent=True)


def test_an_address_that_is_refused_is_used_no_more_and_its_administrator_is_told_once(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    story = Story(sqlite_ledger, hook)
    real = open_channel
    story.opener = lambda address, settings: Refusing() if "aichatou" in address else real(address, settings)
    story.opens(0)
    assert story.at(0) == ["fati escalation"]
    story.opener = real
    story.opens(5, unit="menaka-2")
    assert story.at(5) == ["fati escalation"]
    with sqlite_ledger.sessions() as session:
        verdicts = session.scalars(select(VerdictRow)).all()
    assert [(one.reason, one.standing, one.subject) for one in verdicts] == [
        ("channel-dead", "breach", "address:aichatou:json:1")
    ]
    with sqlite_ledger.sessions.begin() as session:
        assert enable(session, 1, who="boss", now_ms=story.now(6))
        assert not enable(session, 1, who="boss", now_ms=story.now(6))
    story.opens(7, unit="menaka-3")
    assert story.at(7) == ["aichatou open"]
    with sqlite_ledger.sessions() as session:
        assert session.scalars(select(VerdictRow.standing)).all() == ["breach", "fine"]


def test_another_address_is_used_though_the_one_before_it_was_refused(sqlite_ledger: Ledger, hook: WebHook) -> None:
    story = Story(sqlite_ledger, hook)
    story.opener = lambda address, settings: Refusing() if "aichatou" in address else open_channel(address, settings)
    story.opens(0)
    story.at(0)
    story.opener = open_channel
    changed = structs.replace(story.fleet.contacts[0], channels=(hook.url("new"),))
    story.fleet = structs.replace(story.fleet, contacts=(changed, *story.fleet.contacts[1:]))
    story.opens(1, unit="menaka-2")
    assert "aichatou open" in story.at(1)


def many_sites(hook: WebHook, count: int) -> Fleet:
    """Return sites with a president each, one technician and one supervisor for all."""
    one = fleet_of_contacts()
    place = one.sites[SiteId("menaka")]
    sites = {SiteId(f"site-{n}"): structs.replace(place, id=SiteId(f"site-{n}")) for n in range(count)}
    presidents = [
        person(f"president-{n}", Role.COOPERATIVE, hook.url(f"president-{n}"), site=f"site-{n}") for n in range(count)
    ]
    everywhere = tuple(sites)
    moussa = structs.replace(person("moussa", Role.TECHNICIAN, hook.url("moussa")), sites=everywhere)
    boss = structs.replace(person("boss", Role.ADMIN, hook.url("boss")), sites=everywhere)
    return structs.replace(one, sites=sites, contacts=(*presidents, moussa, boss), units={})


@pytest.mark.parametrize(
    ("cut", "told"), [(0, ["moussa outage"]), (2, ["moussa outage", "president-0 outage", "president-1 outage"])]
)
def test_thirty_sites_lose_the_operator_at_once_and_a_handful_of_messages_leaves(
    sqlite_ledger: Ledger, hook: WebHook, cut: int, told: list[str]
) -> None:
    fleet = many_sites(hook, 30)
    story = Story(sqlite_ledger, hook, sites=fleet.sites, contacts=fleet.contacts, units={})
    outage = story.opens(0, level="warning", reason="outage", unit="", site="")
    for number in range(30):
        reason = "power-lost" if number < cut else "silent"
        member = sqlite_ledger.opens(
            at=NOON, level="warning", reason=reason, unit="", site=f"site-{number}", parent=outage
        )
        story.becomes(member, "suppressed", 0)
    assert sorted(story.at(0)) == told
    assert any("30 sites" in text for text in hook.texts())
    assert story.at(240) == []


def test_what_began_in_the_night_is_one_message_in_the_morning_and_time_to_answer_it(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    story = Story(sqlite_ledger, hook, start=NOON + 10 * 60 * MINUTE)  # 22:00; milk's time is not told until 05:00
    story.opens(0, reason="time-left")
    told = {minute: heard for minute in range(0, 500, 5) if (heard := story.at(minute))}
    assert told == {
        420: ["aichatou open"],
        430: ["fati escalation"],
        450: ["aichatou reminder", "fati reminder", "moussa escalation"],
        480: ["boss escalation"],
    }


def test_who_sleeps_is_not_reminded_and_the_next_who_is_awake_is_told_all_the_same(
    sqlite_ledger: Ledger, hook: WebHook
) -> None:
    asleep = structs.replace(
        person("aichatou", Role.COOPERATIVE, hook.url("aichatou")), quiet=Hours(start=time(20), end=time(6))
    )
    awake = person("fati", Role.COOPERATIVE, hook.url("fati"))
    story = Story(sqlite_ledger, hook, asleep, awake, start=NOON + 10 * 60 * MINUTE)
    story.opens(0, reason="silent")
    told = {minute: heard for minute in range(0, 490, 5) if (heard := story.at(minute))}
    assert told == {
        10: ["fati escalation"],
        30: ["fati reminder"],
        90: ["fati reminder"],
        210: ["fati reminder"],
        450: ["fati reminder"],
        480: ["aichatou open"],
    }
