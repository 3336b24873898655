"""The watch over gaps: what a device has and the server has not is asked for, and what is gone is named."""

from uuid import uuid4

from structlog.testing import capture_logs

from coldchain_contract.messages import Answer
from coldchain_contract.sequences import Sequences
from coldchain_server.spool.model import Reason, quarantined
from invented.asked import Asked, said
from invented.small_fleet import NOW_MS, OUTBOX, PI


def asked_for(server: Asked) -> list[str]:
    return [row.sequences for row in server.requests()]


def test_a_hole_is_asked_for_once_what_was_under_way_has_had_time_to_arrive(server: Asked) -> None:
    server.receives("1-4,8-20")
    server.hears(said(20))
    server.watch()
    assert asked_for(server) == []
    server.looks()
    assert asked_for(server) == ["5-7"]
    assert [request.sequences for request in server.publishes()] == ["5-7"]


def test_what_arrives_meanwhile_is_not_asked_for(server: Asked) -> None:
    server.hears(said(20))
    server.receives("1-20")
    server.looks()
    assert asked_for(server) == []


def test_a_server_that_lost_everything_asks_for_it_request_by_request(server: Asked) -> None:
    server.hears(said(4500))
    server.looks()
    for _ in range(3):
        row = server.requests()[-1]
        server.hears(Answer(id=row.id, done=True))
        server.receives(row.sequences)
        server.later(1)
        server.watch()
    assert asked_for(server) == ["1-2000", "2001-4000", "4001-4500"]


def test_one_request_at_a_time_is_open_for_a_device(server: Asked) -> None:
    server.hears(said(4500))
    server.looks()
    server.hears(said(4500, uptime_s=3600))
    server.looks()
    assert asked_for(server) == ["1-2000"]


def test_what_was_refused_is_not_asked_for(server: Asked) -> None:
    server.receives("1-10")
    refused = quarantined(
        b"x",
        Reason.FUTURE,
        topic="t",
        device=PI,
        detail="",
        received_ms=NOW_MS,
        outbox=OUTBOX,
        sequences=Sequences.span(11, 20),
    )
    server.spool.quarantine([refused])
    server.hears(said(20))
    server.looks()
    assert asked_for(server) == []


def test_what_is_no_longer_on_the_card_is_named_once(server: Asked) -> None:
    server.receives("1-4,8-20")
    server.hears(said(20, lowest=7))
    with capture_logs() as logs:
        server.looks()
        server.hears(said(20, lowest=7, uptime_s=3600))
        server.looks()
    assert server.losses() == [("5-6", "gone")]
    told = [entry for entry in logs if entry["event"] == "readings are lost for good"]
    assert [(entry["sequences"], entry["readings"], entry["device"]) for entry in told] == [("5-6", 2, PI)]
    assert asked_for(server) == ["7"]


def test_what_a_device_answers_is_gone_is_lost_and_not_asked_for_again(server: Asked) -> None:
    server.receives("1-4,11-20")
    server.hears(said(20))
    server.looks()
    server.hears(Answer(id=server.requests()[0].id, done=True, gone="5-8,99"))
    server.receives("9-10")
    server.hears(said(20, uptime_s=3600))
    server.looks()
    assert server.losses() == [("5-8", "gone")]
    assert asked_for(server) == ["5-10"]


def test_what_is_promised_three_times_and_never_comes_is_lost(server: Asked) -> None:
    server.receives("1-4,6-20")
    for hour in range(4):
        server.hears(said(20, uptime_s=3600 * hour))
        server.looks()
        if server.requests()[-1].state == "open":
            server.hears(Answer(id=server.requests()[-1].id, done=True))
        server.later(60)
    assert asked_for(server) == ["5"] * 3
    assert server.losses() == [("5", "never-came")]


def test_an_outbox_that_was_given_up_is_asked_for_a_day_later(server: Asked) -> None:
    server.receives("1-15")
    server.hears(said(20, waiting="16-20"))
    server.later(10)
    server.hears(said(3, outbox=str(uuid4()), boot_id="c", waiting="1-3"))
    server.looks()
    assert asked_for(server) == []
    server.later(24 * 60)
    server.hears(said(3, outbox=str(uuid4()), boot_id="d", waiting="1-3"))
    server.looks()
    assert asked_for(server) == ["16-20"]


def test_while_two_boxes_share_the_name_nothing_is_asked_for(server: Asked) -> None:
    for boot, uptime_s in (("a", 1), ("b", 1), ("a", 2)):
        server.hears(said(20, boot_id=boot, uptime_s=uptime_s))
    server.looks()
    assert (asked_for(server), server.losses()) == ([], [])


def test_a_new_process_looks_at_everybody_once(server: Asked) -> None:
    server.receives("1-4,8-20")
    server.hears(said(20))
    server.later(60 * 24)
    server.watch()
    assert asked_for(server) == ["5-7"]


def test_two_boxes_are_found_said_once_and_over_when_one_is_alone(server: Asked) -> None:
    with capture_logs() as logs:
        for uptime_s in range(4):
            for boot in ("a", "b"):
                server.hears(said(20, boot_id=boot, uptime_s=uptime_s + 1))
                server.later(1)
        (found,) = server.findings()
        assert (found.kind, found.device, found.ended_ms) == ("two-boxes", PI, None)
        assert "boot a" in found.detail
        for minutes in (30, 90, 120):
            server.later(minutes)
            server.hears(said(20, boot_id="b", uptime_s=minutes * 100))
    assert server.findings()[0].ended_ms is not None
    assert [entry["event"] for entry in logs] == [
        "two boxes speak under one device's name; enrol one of them under a name of its own",
        "only one box speaks under the device's name again",
    ]


def test_a_batch_that_is_entered_twice_shows_no_second_box(server: Asked) -> None:
    batch = [said(20, boot_id="a", uptime_s=5), said(20, boot_id="a", uptime_s=65), said(20, boot_id="b", uptime_s=1)]
    server.hears(*batch)
    server.hears(*batch)
    assert server.findings() == []
