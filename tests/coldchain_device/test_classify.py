"""Every text real probes gave, and every failure of the bus, gets its value or its one name."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import crc8
from coldchain_contract.readings import Quality
from coldchain_device.probes.classify import PROBE_RANGE, Range, classify

COOLER, PASTEURISER = Range(-10, 60), Range(-10, 95)


class Recorded(NamedTuple):
    label: str
    text: bytes
    verified: dict[str, str]


def recorded(folder: Path) -> list[Recorded]:
    verified = {}
    for line in (folder / "verified.txt").read_text().splitlines():
        label, *parts = line.split(" | ")
        facts = dict(part.split("=", 1) for part in parts if "=" in part)
        verified[label] = facts | {"crc": next(part for part in parts if part.startswith("CRC_"))}
    blocks = re.split(r"^## ", (folder / "samples.txt").read_text(), flags=re.MULTILINE)[1:]
    found = []
    for block in blocks:
        heading, _, text = block.partition("\n")
        label = heading.partition(" | ")[0]
        found.append(Recorded(label, text.encode(), verified[label]))
    return found


def scratchpad(raw: int, *, byte_6: int | None = None) -> bytes:
    low = raw.to_bytes(2, "little", signed=True)
    eight = low + bytes([0x4B, 0x46, 0x7F, 0xFF, 16 - (raw & 15) if byte_6 is None else byte_6, 0x10])
    return eight + bytes([crc8(eight)])


def slave_text(nine: bytes, *, verdict: str = "YES") -> bytes:
    octets = nine.hex(" ")
    return f"{octets} : crc={nine[8]:02x} {verdict}\n{octets} t=4125\n".encode()


def test_every_recorded_text_gives_the_verified_value_or_a_named_fault(real_data: Path) -> None:
    seen = recorded(real_data / "w1_slave")
    assert len(seen) >= 36
    for label, text, verified in seen:
        family = 0x10 if "ds18s20" in label else 0x28
        value, quality = classify(text, family=family, plausible=PROBE_RANGE)
        said_yes = verified["printed"].endswith("YES")
        good = verified["crc"] == "CRC_OK" and said_yes and "85" not in label and "all_zero" not in label
        assert (quality is Quality.OK) == good, label
        if good:
            assert value == pytest.approx(int(verified["decoded"]) / 1000, abs=0.001), label
        else:
            assert value is None, label


@pytest.mark.parametrize(
    ("label", "quality"),
    [
        ("ds18b20_power_on_reset_85", Quality.POR85),
        ("ds18b20_all_zero_scratchpad", Quality.ZERO),
        ("old_kernel_disconnected_all_ff", Quality.GONE),
        ("FAKE_fixture_ff_yes", Quality.GONE),
        ("crc_no", Quality.CRC),
        ("FAKE_fixture_crc_wrong", Quality.CRC),
        ("ds18b20_true_zero", Quality.CRC),  # the published bytes do not carry their own check sum
        ("insufficient_power_127.937", Quality.PWR127),
    ],
)
def test_each_recorded_failure_has_its_name(real_data: Path, label: str, quality: Quality) -> None:
    texts = [found.text for found in recorded(real_data / "w1_slave") if found.label.startswith(label)]
    assert texts
    assert {classify(text, family=0x28, plausible=COOLER) for text in texts} == {(None, quality)}


def test_a_probe_that_is_not_on_the_bus_is_gone() -> None:
    assert classify(None, family=0x28, plausible=COOLER) == (None, Quality.GONE)


@pytest.mark.parametrize("text", [b"", b"\n", b" \n \n"])
def test_an_empty_file_is_empty(text: bytes) -> None:
    assert classify(text, family=0x28, plausible=COOLER) == (None, Quality.EMPTY)


def test_a_right_zero_is_a_value() -> None:
    assert classify(slave_text(scratchpad(0)), family=0x28, plausible=COOLER) == (0.0, Quality.OK)


def test_85_is_a_fault_in_a_cooler_and_a_value_in_a_pasteuriser_unless_the_probe_just_woke_up() -> None:
    hot, woke_up = slave_text(scratchpad(0x550)), slave_text(scratchpad(0x550, byte_6=0x0C))
    assert classify(hot, family=0x28, plausible=COOLER) == (None, Quality.POR85)
    assert classify(hot, family=0x28, plausible=PASTEURISER) == (85.0, Quality.OK)
    assert classify(woke_up, family=0x28, plausible=PASTEURISER) == (None, Quality.POR85)


def test_byte_6_alone_is_no_fault() -> None:
    text = slave_text(scratchpad(0x194, byte_6=0x0C))
    assert classify(text, family=0x28, plausible=COOLER) == (25.25, Quality.OK)


def test_what_is_not_plausible_where_the_probe_sits_is_out_of_range_and_the_ends_are_plausible() -> None:
    def at(celsius: float) -> tuple[float | None, Quality]:
        return classify(slave_text(scratchpad(round(celsius * 16))), family=0x28, plausible=COOLER)

    assert at(-67.125) == at(-20.3125) == at(60.0625) == (None, Quality.RANGE)
    assert at(-10.0) == (-10.0, Quality.OK)
    assert at(60.0) == (60.0, Quality.OK)


def test_the_last_good_value_on_the_second_line_is_never_taken() -> None:
    bad = bytearray(scratchpad(65))
    bad[0] ^= 1
    first = slave_text(bytes(bad)).splitlines()[0]
    second = slave_text(scratchpad(65)).splitlines()[1]
    assert classify(first + b"\n" + second, family=0x28, plausible=COOLER) == (None, Quality.CRC)


def test_bits_below_the_resolution_are_noise() -> None:
    eight = (0x4F).to_bytes(2, "little") + bytes([0x4B, 0x46, 0x1F, 0xFF, 0x0C, 0x10])  # 9 bits
    assert classify(slave_text(eight + bytes([crc8(eight)])), family=0x28, plausible=COOLER) == (4.5, Quality.OK)


@given(st.integers(-10 * 16, 60 * 16))
def test_every_temperature_comes_out_as_it_went_in(raw: int) -> None:
    assert classify(slave_text(scratchpad(raw)), family=0x28, plausible=COOLER) == (raw / 16, Quality.OK)


@given(st.binary(max_size=200))
def test_no_text_whatever_raises_or_gives_a_value_without_a_right_check_sum(text: bytes) -> None:
    value, quality = classify(text, family=0x28, plausible=COOLER)
    assert value is None
    assert quality in (Quality.EMPTY, Quality.CRC)


@given(st.integers(-160, 960), st.integers(0, 71))
def test_one_flipped_bit_never_gives_a_value(raw: int, bit: int) -> None:
    nine = bytearray(scratchpad(raw))
    nine[bit // 8] ^= 1 << bit % 8
    assert classify(slave_text(bytes(nine)), family=0x28, plausible=COOLER)[0] is None
