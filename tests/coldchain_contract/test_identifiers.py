"""Names of probes and places have one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import (
    ProbeUrn,
    crc8,
    identifier,
    kernel_name_of_urn,
    probe_urn,
    urn_of_kernel_name,
)
from invented.generated import kernel_names, probes


@given(kernel_names)
def test_the_kernels_name_of_a_probe_and_its_urn_are_two_spellings_of_one(name: str) -> None:
    urn = urn_of_kernel_name(name)
    assert kernel_name_of_urn(urn) == name
    assert probe_urn(urn) == urn


def test_the_urn_has_the_rom_code_in_the_order_of_the_bus() -> None:
    # Maxim application note 27: ROM 02 1C B8 01 00 00 00, family first, has the CRC A2.
    assert crc8(bytes.fromhex("021cb801000000")) == 0xA2
    assert urn_of_kernel_name("02-00000001b81c") == "urn:dev:ow:021cb801000000a2"


@given(kernel_names, st.integers(0, 15), st.sampled_from("0123456789abcdef"))
def test_a_digit_that_is_wrong_is_found_by_the_crc(name: str, position: int, digit: str) -> None:
    code = urn_of_kernel_name(name).removeprefix("urn:dev:ow:")
    other = code[:position] + digit + code[position + 1 :]
    if other != code:
        with pytest.raises(BadIdentifier, match="CRC"):
            probe_urn(f"urn:dev:ow:{other}")


@given(probes)
def test_every_probe_name_is_accepted_as_it_is(urn: ProbeUrn) -> None:
    assert probe_urn(urn) == urn


@pytest.mark.parametrize(
    "text", ["", "28-0316a2795cff", "urn:dev:ow:28", "urn:dev:ow:28FF5C79A21603DA", "urn:dev:xx:1", "urn:dev:org:a b"]
)
def test_what_is_no_probe_name_is_refused(text: str) -> None:
    with pytest.raises(BadIdentifier, match="is not a probe name"):
        probe_urn(text)


@pytest.mark.parametrize("name", ["", "28-0316a2795cf", "28-0316A2795CFF", "28_0316a2795cff", "w1_bus_master1"])
def test_what_the_kernel_calls_something_else_is_refused(name: str) -> None:
    with pytest.raises(BadIdentifier, match="1-Wire"):
        urn_of_kernel_name(name)


def test_a_probe_on_no_bus_has_no_kernel_name() -> None:
    with pytest.raises(BadIdentifier, match="not a 1-Wire probe"):
        kernel_name_of_urn(ProbeUrn("urn:dev:mac:0024beffff804ff1"))


@pytest.mark.parametrize("text", ["a", "menaka-1", "0", "a" * 32])
def test_an_identifier_is_short_and_plain(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "é", "a b", "a/b", "+", "#", "a" * 33, "a\n", "$SYS"])
def test_nothing_that_could_break_a_topic_is_an_identifier(text: str) -> None:
    with pytest.raises(BadIdentifier, match="identifier"):
        identifier(text)
