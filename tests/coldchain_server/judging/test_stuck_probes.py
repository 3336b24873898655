"""A probe that says the same while the one beside it moves is stuck; steady milk is not."""

from pathlib import Path

from sqlalchemy import Engine

from invented.watched import AIR, MILK, Watched, two_probes


def passes(watched: Watched, span: range, *, milk: float, air: float) -> None:
    for minute in span:
        watched.at(minute)
        watched.send((MILK, minute, milk), (AIR, minute, air))
        watched.judge()


def stuck(watched: Watched) -> list[str]:
    return [line for line in watched.said() if " stuck " in line]


def test_a_milk_probe_that_does_not_move_while_the_air_does_is_stuck_until_it_moves(
    tmp_path: Path, engine: Engine
) -> None:
    watched = two_probes(tmp_path, engine)
    passes(watched, range(30), milk=4.0, air=4.0)
    assert stuck(watched) == []
    passes(watched, range(30, 70), milk=4.0, air=30.0)
    (line,) = stuck(watched)
    assert line.startswith("milk stuck breach 0→")
    assert (watched.rows()[-1].reason, watched.rows()[-1].level) == ("stuck", "critical")
    passes(watched, range(70, 72), milk=4.0625, air=30.0)
    assert stuck(watched)[-1] == "milk stuck fine 70→70"
    watched.close()


def test_steady_milk_beside_steady_air_is_not_stuck(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "beside").mkdir()
    beside = two_probes(tmp_path / "beside", engine)
    passes(beside, range(90), milk=4.0, air=5.0)
    assert stuck(beside) == []
    beside.close()


def test_a_restart_does_not_forget_since_when_a_probe_says_the_same(tmp_path: Path, engine: Engine) -> None:
    watched = two_probes(tmp_path, engine)
    for minute in range(60):
        watched.stage = watched.judging()
        passes(watched, range(minute, minute + 1), milk=4.0, air=4.0 if minute < 10 else 30.0)
    assert len(stuck(watched)) == 1
    watched.close()
