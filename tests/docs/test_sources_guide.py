"""The guide to sources: its examples load, and it says what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from coldchain_dashboards.texts import SAID
from coldchain_server.fleet.load import fleet_of
from coldchain_server.fleet.source import USUAL, Confidence, SourceKind
from coldchain_server.hand.rows import UNDO_S
from coldchain_server.sources.sms import SmsReading, SmsUndo, parse_sms
from invented.sourced_fleet import COOLER, TANK, sourced_fleet

_GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "sources.md").read_text(encoding="utf-8")
_FLEET = """
[sites.menaka]
name = "Ménaka"
zone = "Africa/Bamako"
[units.menaka-1]
site = "menaka"
name = "Glacière 1"
kind = "cooler"
profile = "daily"
"""


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", _GUIDE, flags=re.DOTALL))
def test_every_example_is_a_part_of_a_fleet_file_without_mistakes(example: str) -> None:
    fleet = fleet_of(tomllib.loads(_FLEET + example), file="fleet.toml", read_file=lambda _: "")
    assert len(fleet.sources) == len(fleet.placements) == 1


@pytest.mark.parametrize("kind", [kind for kind in SourceKind if kind.live])
def test_every_kind_is_in_the_table_with_how_it_usually_speaks(kind: SourceKind) -> None:
    (row,) = (line for line in _GUIDE.splitlines() if line.startswith(f"| `{kind.value}` |"))
    usual = USUAL[kind]
    assert row.endswith(f"| {usual.report_s} |")
    assert f"`{usual.field}`" in row or not usual.field
    assert f"`{usual.time_field}`" in row or not usual.time_field


def test_every_confidence_is_named_as_the_pages_do() -> None:
    for confidence in Confidence:
        assert f"| {confidence.value} |" in _GUIDE
        assert f"**{SAID[confidence]}**" in _GUIDE or confidence is Confidence.HIGH


def test_every_text_in_the_guide_is_understood() -> None:
    fleet = sourced_fleet()
    units = [fleet.units[COOLER], fleet.units[TANK]]
    table = _GUIDE.split("| text | says |")[1].split("\n\n")[0]
    texts = [text for line in table.splitlines()[2:] for text in re.findall(r"`([^`]+)`", line.split("|")[1])]
    assert len(texts) > 6
    for text in texts:
        among = units[:1] if text in ("4,5", "T 4.5", "45 OUI") else units
        named = text.replace("glaciere", "cuve").replace("cuve 2", "cuve")
        assert isinstance(parse_sms(named, among), SmsReading | SmsUndo), text


def test_the_guide_says_for_how_long_a_reading_can_be_undone() -> None:
    assert UNDO_S == 180
    assert "counts **three minutes** after it was told" in _GUIDE
