"""Orders from the server: each request once, its answer kept."""

import os
from pathlib import Path
from typing import Any

import pytest

from coldchain_contract.messages import Answer, Config, Request, encode_message
from coldchain_contract.topics import Kind
from coldchain_device.card import CardFile
from coldchain_device.clock import SystemClock
from coldchain_device.orders import Orders
from coldchain_device.outbox import Outboxes

NOON_S = 1_772_539_200


class Blinking:
    """The box, counting what it is told to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def identify(self) -> None:
        self.done.append("identify")

    def silence(self, unit: str, whys: tuple[str, ...]) -> str:
        self.done.append(" ".join(("silence", unit, *whys)).rstrip())
        return "something else is wrong by now" if whys == ("too-cold",) else ""

    def read_now(self) -> None:
        self.done.append("read")


def orders(folder: Path, box: Blinking, *, synchronized: bool) -> tuple[Orders, Outboxes]:
    boot_id, told = folder / "boot_id", folder / "synchronized"
    boot_id.write_text("boot")
    if synchronized:
        told.touch()
        os.utime(told, (NOON_S, NOON_S))
    clock = SystemClock(
        boot_id_file=boot_id, synchronized_file=told, wall_s=lambda: float(NOON_S), uptime_s=lambda: 100.0
    )
    outboxes = Outboxes(folder / "outbox.sqlite", reserve_bytes=0)
    kept = CardFile(folder / "answers.json", list[Answer])
    return Orders(outboxes=outboxes, clock=clock, box=box, follow=_follow, kept=kept), outboxes


def _follow(_config: Config) -> None:
    raise AssertionError("no config is sent here")


def asks(number: str, **others: Any) -> bytes:
    return encode_message(Request(id=number, action="identify", expires_ms=NOON_S * 1000 + 60_000, **others))


def test_a_request_that_comes_before_the_time_is_known_is_left_for_when_it_comes_again(tmp_path: Path) -> None:
    box = Blinking()
    without_time, outboxes = orders(tmp_path, box, synchronized=False)
    assert without_time.carry_out(Kind.REQUEST, asks("a")) is None
    outboxes.close()
    with_time, outboxes = orders(tmp_path, box, synchronized=True)
    assert with_time.carry_out(Kind.REQUEST, asks("a")) == Answer(id="a", done=True)
    outboxes.close()
    assert box.done == ["identify"]


def test_a_silence_is_for_the_unit_it_names_and_declined_where_the_box_knows_worse(tmp_path: Path) -> None:
    box = Blinking()
    made, outboxes = orders(tmp_path, box, synchronized=True)
    later_ms = NOON_S * 1000 + 60_000
    for unit, whys, answer in (
        ("", (), Answer(id="a", done=True)),
        ("tank-1", ("too-warm",), Answer(id="b", done=True)),
        ("tank-1", ("too-cold",), Answer(id="c", done=False, detail="something else is wrong by now")),
    ):
        request = Request(id=answer.id, action="silence", expires_ms=later_ms, unit=unit, whys=whys)
        assert made.carry_out(Kind.REQUEST, encode_message(request)) == answer
    outboxes.close()
    assert box.done == ["silence", "silence tank-1 too-warm", "silence tank-1 too-cold"]


def test_answers_outlive_a_restart_and_the_oldest_are_forgotten_first(tmp_path: Path) -> None:
    box = Blinking()
    before, outboxes = orders(tmp_path, box, synchronized=True)
    for number in range(101):
        before.carry_out(Kind.REQUEST, asks(str(number)))
    outboxes.close()
    after, outboxes = orders(tmp_path, box, synchronized=True)
    for number in (1, 100):
        assert after.carry_out(Kind.REQUEST, asks(str(number))) == Answer(id=str(number), done=True)
    assert len(box.done) == 101
    after.carry_out(Kind.REQUEST, asks("0"))
    assert len(box.done) == 102
    outboxes.close()


@pytest.mark.parametrize("content", [b"", b"[{]", b'{"id":"a"}'])
def test_answers_that_cannot_be_read_are_no_answers(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers.json").write_bytes(content)
    box = Blinking()
    made, outboxes = orders(tmp_path, box, synchronized=True)
    assert made.carry_out(Kind.REQUEST, asks("a")) == Answer(id="a", done=True)
    outboxes.close()
