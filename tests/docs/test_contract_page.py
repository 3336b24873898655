"""The page on the contract names everything the contract has, and its example is a pack."""

import re
from pathlib import Path

import msgspec
import pytest

from coldchain_contract import errors, pack
from coldchain_contract.messages import Answer, Config, LocalAlarm, ProbeHealth, Request, Status, Stored
from coldchain_contract.readings import Quality
from coldchain_contract.topics import Kind

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_topic_is_on_the_page() -> None:
    assert {kind.value for kind in Kind} <= NAMED


def test_every_fault_is_on_the_page() -> None:
    assert {quality.value for quality in Quality if quality is not Quality.OK} <= NAMED


@pytest.mark.parametrize("kind", [Status, ProbeHealth, LocalAlarm, Config, Stored, Request, Answer])
def test_every_field_of_a_message_is_on_the_page(kind: type[msgspec.Struct]) -> None:
    assert {field.name for field in msgspec.structs.fields(kind)} <= NAMED


def test_every_error_of_the_wire_is_on_the_page() -> None:
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert kinds - {"BadIdentifier", "BadSequences"} <= NAMED


def test_every_example_is_on_the_page() -> None:
    examples = [file.name for file in (ROOT / "tests" / "contracts" / "examples").iterdir()]
    assert [name for name in examples if name not in NAMED and not name.startswith("request.")] == []


def test_the_limits_on_the_page_are_those_of_the_code() -> None:
    assert f"{pack.LARGEST_WIRE_BYTES // 1024} KiB" in PAGE
    assert f"{pack.LARGEST_EXPANDED_BYTES // 1024} KiB" in PAGE
    assert f"1 to {pack.MOST_READINGS}" in PAGE
    assert f"| {pack.MOST_PROBES} |" in PAGE


@pytest.mark.parametrize("page", ["contract.md", "architecture.md"])
def test_the_pack_on_the_page_is_one(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    whole = example.replace("0b9e…", "0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d")
    assert len(pack.decode_pack(whole.encode()).readings) == 3
