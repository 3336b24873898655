"""Silence: judged by the clock, only while the server listens and nothing waits, and once a unit."""

from pathlib import Path

from sqlalchemy import Engine

from coldchain_server.fleet.model import Place
from coldchain_server.judging.bench import Bench
from coldchain_server.judging.memory import Memory
from coldchain_server.judging.records import Records
from coldchain_server.judging.watches import Watches
from coldchain_server.ledger.database import sessions_of
from invented.watched import (
    AIR,
    MILK,
    MINUTE_MS,
    OTHER,
    OTHER_DEVICE,
    OTHER_UNIT,
    START_MS,
    Watched,
    fleet_of,
    placed,
    two_probes,
)


def test_half_an_hour_without_a_word_is_said_at_once_and_so_is_its_end(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    for minute in (10, 20, 30, 33.99):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(34)
    watched.judge()
    assert watched.said() == ["milk silent breach 4→34"]
    assert watched.rows()[-1].level == "critical"
    for minute in (40, 50, 59):
        watched.at(minute)
        watched.judge()
    watched.minutes(range(60, 63), 4.0)
    assert watched.said() == ["milk silent breach 4→34", "milk silent fine 60→60"]


def test_the_servers_own_downtime_is_no_silence_of_a_device(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.at(600)
    watched.stage = watched.judging()
    for minute in (600, 609, 618, 627, 629.99):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(630)
    watched.judge()
    assert watched.said() == ["milk silent breach 4→630"]


def test_a_clock_that_leaps_and_is_set_back_silences_nobody_and_hides_no_silence(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    watched.at(600)
    watched.judge()
    for minute in (5, 14, 23, 32, 34.99):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(35)
    watched.judge()
    assert watched.said() == ["milk silent breach 4→35"]


def test_a_restart_ends_no_silence(watched: Watched) -> None:
    watched.minutes(range(5), 4.0)
    for minute in (14, 24, 34):
        watched.at(minute)
        watched.judge()
    watched.at(35)
    watched.stage = watched.judging()
    watched.judge()
    assert watched.said() == ["milk silent breach 4→34"]


def test_a_probe_that_was_never_heard_in_its_place_is_not_there_yet_and_not_silent(watched: Watched) -> None:
    for minute in range(0, 100, 5):
        watched.at(minute)
        watched.judge()
    assert watched.rows() == []


def test_nobody_is_judged_silent_while_packs_wait_that_may_be_theirs(tmp_path: Path, engine: Engine) -> None:
    both = fleet_of(placed(MILK, Place.MILK), placed(OTHER, Place.MILK, unit=OTHER_UNIT, device=OTHER_DEVICE))
    watched = Watched(tmp_path, sessions_of(engine), fleet=both)
    watched.minutes(range(5), 4.0)
    for minute in (14, 23, 32):
        watched.at(minute)
        watched.judge()
    watched.at(36)
    for second in range(60):
        watched.send((OTHER, 35 + second / 60, 4.0))
    watched.send((MILK, 36, 4.0))
    watched.judge()
    assert [line for line in watched.said() if line.startswith("milk")] == []
    watched.close()


def test_a_device_that_reports_every_hour_is_not_silent_after_half_of_it(tmp_path: Path, engine: Engine) -> None:
    watched = Watched(tmp_path, sessions_of(engine), fleet=fleet_of(report_s=3600))
    watched.minutes(range(1), 4.0)
    for minute in range(9, 118, 9):
        watched.at(minute)
        watched.judge()
    assert watched.said() == []
    watched.at(120)
    watched.judge()
    assert watched.said() == ["milk silent breach 0→120"]
    watched.close()


def test_a_device_with_its_clock_ahead_is_heard_when_it_is_heard(watched: Watched) -> None:
    watched.at(0)
    watched.judge()
    watched.send((MILK, 9, 4.0))
    for minute in (9, 18, 27, 30):
        watched.at(minute)
        watched.judge()
    assert watched.said()[-1] == "milk silent breach 0→30"


def test_when_a_device_falls_silent_one_probe_a_unit_says_so(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    watched.minutes(range(5), 4.0, probes=(MILK, AIR))
    for minute in range(10, 60, 5):
        watched.at(minute)
        watched.judge()
    watched.minutes(range(60, 62), 4.0, probes=(MILK, AIR))
    assert watched.said() == ["milk silent breach 4→34", "milk silent fine 60→60"]
    watched.close()


def test_one_probe_silent_beside_another_is_a_warning(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    watched.minutes(range(5), 4.0, probes=(MILK, AIR))
    watched.minutes(range(5, 40), 4.0, probes=(MILK,))
    assert watched.said() == ["air silent breach 4→34"]
    assert watched.rows()[-1].level == "warning"
    watched.close()


def test_nothing_is_looked_for_again_and_again_while_a_device_is_silent(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    watched.minutes(range(5), 4.0, probes=(MILK, AIR))
    with watched.sessions() as session:
        now_ms = START_MS + 60 * MINUTE_MS
        bench = Bench(Watches(watched.fleet), Memory(session), Records(), now_ms=now_ms, listening_since_ms=START_MS)
        assert [row.subject for row in bench.silence(everywhere=True)] == [MILK]
        assert bench.next_ms(everywhere=True) > now_ms
    watched.close()


def two_coolers(folder: Path, engine: Engine) -> Watched:
    other = placed(OTHER, Place.MILK, unit=OTHER_UNIT, device=OTHER_DEVICE)
    return Watched(folder, sessions_of(engine), fleet=fleet_of(placed(MILK, Place.MILK), other))


def test_a_cooler_heard_for_the_first_time_does_not_put_off_that_another_is_silent(
    tmp_path: Path, engine: Engine
) -> None:
    watched = two_coolers(tmp_path, engine)
    watched.minutes(range(5), 4.0)
    for minute in range(5, 20):
        watched.at(minute)
        watched.judge()
    watched.minutes(range(20, 36), 4.0, probes=(OTHER,))
    assert [line for line in watched.said() if "breach" in line] == ["milk silent breach 4→34"]
    watched.close()


def test_whoever_is_heard_anew_has_nobody_else_looked_at(tmp_path: Path, engine: Engine) -> None:
    watched = two_coolers(tmp_path, engine)
    watched.minutes(range(5), 4.0)
    watched.at(60)
    watched.send((OTHER, 60, 4.0))
    (pack,) = watched.spool.after(5, 1)
    with watched.sessions() as session:
        bench = Bench(
            Watches(watched.fleet),
            Memory(session),
            Records(),
            now_ms=watched.clock.now_ms(),
            listening_since_ms=START_MS,
        )
        list(bench.pack(pack))
        assert [(row.subject, row.standing) for row in bench.silence(everywhere=False)] == [(OTHER, "fine")]
        assert bench.next_ms(everywhere=False) == START_MS + 90 * MINUTE_MS
        assert [row.subject for row in bench.silence(everywhere=True)] == [MILK]
    watched.close()
