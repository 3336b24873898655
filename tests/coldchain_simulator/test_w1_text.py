"""What probes show is what the kernel shows: real texts byte for byte, and every temperature there and back."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import crc8
from coldchain_simulator.faults import ProbeFaultKind
from coldchain_simulator.w1_text import shown_fault, shown_value, w1_text


def nine(text: str, line: int) -> bytes:
    return bytes.fromhex(text.splitlines()[line][:26])


def read(text: str) -> float:
    return int.from_bytes(nine(text, 0)[:2], "little", signed=True) / 16


REAL = [
    ("ds18b20_ok_23.625", 23.625),
    ("ds18b20_ok_27.500", 27.5),
    ("ds18b20_ok_21.312", 21.3125),
    ("ds18b20_ok_3.937", 3.9375),
    ("ds18b20_negative_-1.625", -1.625),
]
"""Published texts of genuine probes, whose byte 6 depends on the temperature as the datasheet has it."""


def published(real_data: Path, label: str) -> str:
    samples = (real_data / "w1_slave" / "samples.txt").read_text()
    return samples.split(f"## {label} ", 1)[1].split("\n", 1)[1].split("## ", 1)[0]


@pytest.mark.parametrize(("label", "celsius"), REAL)
def test_a_temperature_is_shown_as_a_genuine_probe_was_seen_to_show_it(
    real_data: Path, label: str, celsius: float
) -> None:
    assert w1_text(celsius) == published(real_data, label)


def test_the_power_on_value_is_the_published_one(real_data: Path) -> None:
    shown = shown_fault(ProbeFaultKind.POR85, celsius=4, last_good_celsius=4)
    assert shown.text == published(real_data, "ds18b20_power_on_reset_85")


def test_too_little_power_shows_the_published_bytes(real_data: Path) -> None:
    shown = shown_fault(ProbeFaultKind.PWR127, celsius=4, last_good_celsius=4)
    assert nine(shown.text, 0) == nine(published(real_data, "insufficient_power_127.937"), 0)
    assert shown.text.endswith("t=127937\n")


def test_a_shorted_bus_shows_zeros_that_pass_the_check(real_data: Path) -> None:
    shown = shown_fault(ProbeFaultKind.ZERO, celsius=4, last_good_celsius=4)
    assert shown.text == published(real_data, "ds18b20_all_zero_scratchpad")


def test_an_old_kernel_repeats_the_last_good_bytes_of_an_unplugged_probe(real_data: Path) -> None:
    shown = shown_fault(ProbeFaultKind.DISCONNECTED, celsius=4, last_good_celsius=20.375)
    theirs = published(real_data, "old_kernel_disconnected_all_ff_3")
    assert shown.text.splitlines()[0] == theirs.splitlines()[0]
    assert shown.text.endswith("t=-62\n")
    assert nine(shown.text, 1) == nine(w1_text(20.375), 0)


def test_a_flipped_bit_fails_the_check_and_the_second_line_is_the_last_good_one() -> None:
    shown = shown_fault(ProbeFaultKind.CRC, celsius=4.0, last_good_celsius=3.5)
    first, second = shown.text.splitlines()
    assert first.endswith("NO")
    assert crc8(nine(shown.text, 0)[:8]) != nine(shown.text, 0)[8]
    assert second.startswith(nine(w1_text(3.5), 0).hex(" "))
    assert shown.celsius is None


@pytest.mark.parametrize("kind", [ProbeFaultKind.EMPTY, ProbeFaultKind.GONE])
def test_a_probe_that_does_not_answer_shows_nothing(kind: ProbeFaultKind) -> None:
    assert shown_fault(kind, celsius=4, last_good_celsius=4).text == ""


@given(st.integers(-2048, 2047))
def test_every_register_value_is_shown_with_a_right_check_sum_and_milli_degrees_cut_towards_zero(raw: int) -> None:
    text = w1_text(raw / 16)
    assert read(text) == raw / 16
    assert crc8(nine(text, 0)) == 0
    assert re.fullmatch(r"([0-9a-f]{2} ){9}: crc=[0-9a-f]{2} YES\n([0-9a-f]{2} ){9}t=-?\d+\n", text)
    milli = int(text.rsplit("t=", 1)[1])
    assert abs(milli) == abs(raw) * 1000 // 16
    assert nine(text, 0) == nine(text, 1)


@given(st.floats(-128, 127.9375))
def test_a_temperature_is_rounded_to_the_nearest_sixteenth(celsius: float) -> None:
    shown = shown_value(celsius)
    assert shown.celsius is not None
    assert read(shown.text) == shown.celsius
    assert abs(shown.celsius - celsius) <= 1 / 32


def test_a_true_85_degrees_is_not_the_power_on_value() -> None:
    power_on = shown_fault(ProbeFaultKind.POR85, celsius=85, last_good_celsius=85).text
    assert read(w1_text(85.0)) == read(power_on) == 85
    assert nine(w1_text(85.0), 0)[6] == 0x10
    assert nine(power_on, 0)[6] == 0x0C


@pytest.mark.parametrize("celsius", [-128.1, 128.0])
def test_what_twelve_bits_cannot_say_is_refused(celsius: float) -> None:
    with pytest.raises(ValueError, match="beyond"):
        w1_text(celsius)
