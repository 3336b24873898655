"""What pages see of telling, what administrators may do about it, and the day's messages."""

import pytest
from msgspec import structs
from sqlalchemy import select

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import DeviceId, SiteId, UnitId, urn_of_kernel_name
from coldchain_server.actions import Actions
from coldchain_server.errors import NotAllowed
from coldchain_server.fleet.load import builtin_profiles
from coldchain_server.fleet.model import Device, Fleet, Place, Placement, Role
from coldchain_server.ledger.tables import AttemptRow, AuditRow, IncidentRow, LatestRow, VerdictRow
from coldchain_server.notifications.channels import Channel, Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.stage import Notifications
from coldchain_server.queries.telling import held_back, refused_addresses, telling_now
from coldchain_server.viewer import Viewer
from invented.incident_ledger import HOUR, MINUTE, NOON, Ledger, fleet_of_contacts, person

SETTINGS = NotificationSettings()
NUMBER = "gammu:+22370000001"
BOSS = Viewer(name="boss", role=Role.ADMIN)


class Gateway:
    """A gateway to phones in memory: it takes, refuses, and names what it takes."""

    kind, once = "gammu", True

    def __init__(self, *, reference: str = "", refuses: bool = False) -> None:
        self.told: list[Message] = []
        self._reference, self._refuses = reference, refuses

    def __call__(self, address: str, settings: NotificationSettings) -> Channel:  # noqa: ARG002 - it is an opener
        return self

    def tell(self, message: Message) -> Outcome:
        if self._refuses:
            raise ChannelFailed("gammu: no such number", permanent=True)
        self.told.append(message)
        return Outcome(said="taken", reference=self._reference)


def fleet(**contact: object) -> Fleet:
    """Return one site whose president is told by SMS, gets its daily trial, and may want good news."""
    aichatou = structs.replace(person("aichatou", Role.COOPERATIVE, NUMBER), **contact)
    known = fleet_of_contacts(aichatou, person("fati", Role.COOPERATIVE, "gammu:+22370000002"))
    site = structs.replace(known.sites[SiteId("menaka")], heartbeat="aichatou")
    units = {UnitId("menaka-1"): known.units[UnitId("menaka-1")]}
    device = Device(id=DeviceId("menaka-pi"), site=site.id)
    placement = Placement(
        probe=urn_of_kernel_name("28-0000055eed01"),
        unit=UnitId("menaka-1"),
        device=device.id,
        place=Place.MILK,
        lowest_celsius=-10,
        highest_celsius=60,
        from_ms=0,
    )
    return structs.replace(
        known,
        sites={site.id: site},
        units=units,
        devices={device.id: device},
        placements=(placement,),
        profiles=builtin_profiles(),
    )


def works(ledger: Ledger, gateway: Gateway, at_ms: int, known: Fleet) -> None:
    stage = Notifications(
        sessions=ledger.sessions, fleet=known, clock=SetClock(at_ms), settings=SETTINGS, opener=gateway
    )
    while stage.step():
        pass


def dead(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.sessions() as session:
        return [(row.subject, row.standing) for row in session.scalars(select(VerdictRow).order_by(VerdictRow.id))]


def test_an_incident_shows_who_was_told_what_came_of_it_and_who_is_next(sqlite_ledger: Ledger) -> None:
    known, gateway = fleet(), Gateway()
    number = sqlite_ledger.opens()
    works(sqlite_ledger, gateway, NOON, known)
    with sqlite_ledger.sessions() as session:
        now = telling_now(session, known, session.get_one(IncidentRow, number))
    assert [(one.contact, one.kind, one.state, one.counts) for one in now.told] == [("aichatou", "open", "sent", True)]
    assert [(one.number, one.outcome, one.said, one.counts) for one in now.told[0].handed] == [
        (1, "taken", "taken", True)
    ]
    assert (now.next_ms, now.next) == (NOON + 10 * MINUTE, ("Fati",))
    works(sqlite_ledger, gateway, NOON + 10 * MINUTE, known)
    with sqlite_ledger.sessions() as session:
        now = telling_now(session, known, session.get_one(IncidentRow, number))
    assert (now.next_ms, now.next) == (NOON + 30 * MINUTE, ())  # a reminder


def test_an_administrator_sees_refused_addresses_and_enables_them_and_nobody_else_does(sqlite_ledger: Ledger) -> None:
    known = fleet()
    sqlite_ledger.opens()
    works(sqlite_ledger, Gateway(refuses=True), NOON, known)
    with sqlite_ledger.sessions() as session:
        refused = refused_addresses(session)
    assert [(one.contact, one.channel_kind, one.why) for one in refused] == [
        ("aichatou", "gammu", "gammu: no such number"),
        ("fati", "gammu", "gammu: no such number"),
    ]
    actions = Actions(sessions=sqlite_ledger.sessions, fleet=known, clock=SetClock(NOON))
    with pytest.raises(NotAllowed):
        actions.enable_channel(Viewer(name="lab", role=Role.LAB), refused[0].number)
    assert actions.enable_channel(BOSS, refused[0].number)
    assert not actions.enable_channel(BOSS, refused[0].number)
    with sqlite_ledger.sessions() as session:
        assert [one.contact for one in refused_addresses(session)] == ["fati"]
        assert session.scalars(select(AuditRow.action)).all() == ["enable-channel"]


def test_what_waits_for_room_is_counted_by_person(sqlite_ledger: Ledger) -> None:
    known = fleet()
    units = {
        UnitId(f"menaka-{n}"): structs.replace(known.units[UnitId("menaka-1")], id=UnitId(f"menaka-{n}"))
        for n in range(1, 10)
    }
    many = structs.replace(known, units=units)
    for number in range(1, 10):
        sqlite_ledger.opens(level="warning", unit=f"menaka-{number}")
    works(sqlite_ledger, Gateway(), NOON, many)
    with sqlite_ledger.sessions() as session:
        assert held_back(session) == {"aichatou": 3}


def test_the_daily_trial_goes_out_once_a_day_by_sms(sqlite_ledger: Ledger) -> None:
    gateway = Gateway()
    for minute in (0, 1, 30, 200):  # from 09:00 in Ménaka
        works(sqlite_ledger, gateway, NOON - 3 * HOUR + minute * MINUTE, fleet())
    assert [row.occasion for row in sqlite_ledger.rows()] == ["heartbeat:menaka:2026-05-10"]
    assert len(gateway.told) == 1
    works(sqlite_ledger, gateway, NOON + 21 * HOUR, fleet())
    assert len(gateway.told) == 2
    assert dead(sqlite_ledger) == []  # nothing ever reports by this channel: that it was taken has to do


def reported(ledger: Ledger, report: str) -> None:
    with ledger.sessions.begin() as session:
        newest = session.scalars(select(AttemptRow).order_by(AttemptRow.id.desc())).first()
        assert newest is not None
        newest.report = report


def test_a_trial_of_which_no_report_comes_is_an_incident_once_and_over_when_one_arrives(sqlite_ledger: Ledger) -> None:
    gateway, begins = Gateway(reference="x"), NOON - 3 * HOUR
    works(sqlite_ledger, gateway, begins, fleet())
    reported(sqlite_ledger, "arrived")
    works(sqlite_ledger, gateway, begins + 4 * HOUR, fleet())
    assert dead(sqlite_ledger) == []
    works(sqlite_ledger, gateway, begins + 24 * HOUR, fleet())
    works(sqlite_ledger, gateway, begins + 26 * HOUR, fleet())
    assert dead(sqlite_ledger) == []
    for hour in (27, 28, 29):
        works(sqlite_ledger, gateway, begins + hour * HOUR, fleet())
    assert dead(sqlite_ledger) == [("heartbeat:menaka", "breach")]
    works(sqlite_ledger, gateway, begins + 48 * HOUR, fleet())
    reported(sqlite_ledger, "arrived")
    works(sqlite_ledger, gateway, begins + 49 * HOUR, fleet())
    assert dead(sqlite_ledger) == [("heartbeat:menaka", "breach"), ("heartbeat:menaka", "fine")]


def test_a_trial_that_is_refused_is_an_incident(sqlite_ledger: Ledger) -> None:
    works(sqlite_ledger, Gateway(refuses=True), NOON - 3 * HOUR, fleet())
    works(sqlite_ledger, Gateway(refuses=True), NOON - 2 * HOUR, fleet())
    assert ("heartbeat:menaka", "breach") in dead(sqlite_ledger)


SIX = NOON - 6 * HOUR


def heard(ledger: Ledger, *, minutes_ago: float = 5, estimated: bool = False, value: float | None = 4.0) -> None:
    at_ms = SIX - round(minutes_ago * MINUTE)
    with ledger.sessions.begin() as session:
        session.add(
            LatestRow(
                probe=urn_of_kernel_name("28-0000055eed01"),
                at_ms=at_ms,
                received_ms=at_ms,
                value=value,
                quality="ok",
                ok_at_ms=at_ms if value is not None else None,
                ok_value=value,
                estimated=estimated,
            )
        )


def good_news(ledger: Ledger, at_ms: int = SIX) -> int:
    gateway = Gateway()
    works(ledger, gateway, at_ms, structs.replace(fleet(good_news=True)))
    return len(gateway.told)


def test_good_news_is_told_at_six_once_where_all_was_known_and_within_its_limits(sqlite_ledger: Ledger) -> None:
    heard(sqlite_ledger)
    assert good_news(sqlite_ledger, SIX - MINUTE) == 0
    assert good_news(sqlite_ledger) == 1
    assert good_news(sqlite_ledger, SIX + 10 * MINUTE) == 0


@pytest.mark.parametrize("last", [{"minutes_ago": 300}, {"estimated": True}, {"value": None}])
def test_there_is_none_where_a_unit_is_not_known(sqlite_ledger: Ledger, last: dict[str, object]) -> None:
    heard(sqlite_ledger, **last)  # type: ignore[arg-type]
    assert good_news(sqlite_ledger) == 0


@pytest.mark.parametrize("reason", ["too-warm", "silent", "probe-fault", "power-lost"])
def test_there_is_none_after_a_night_with_an_incident_though_it_is_over(sqlite_ledger: Ledger, reason: str) -> None:
    heard(sqlite_ledger)
    incident = sqlite_ledger.opens(at=SIX - 8 * HOUR, reason=reason, level="warning")
    sqlite_ledger.changes(incident, "resolved", at=SIX - 7 * HOUR)
    assert good_news(sqlite_ledger) == 0


def test_an_incident_of_the_day_before_spoils_no_good_news(sqlite_ledger: Ledger) -> None:
    heard(sqlite_ledger)
    incident = sqlite_ledger.opens(at=SIX - 20 * HOUR, level="warning")
    sqlite_ledger.changes(incident, "resolved", at=SIX - 19 * HOUR)
    assert good_news(sqlite_ledger) == 1
