"""The guides say what the pages show: every setting, picture, fault and address."""

from pathlib import Path

import msgspec

from coldchain_dashboards.settings import WebSettings
from invented.world import World, empty_world

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def guide(name: str) -> str:
    return (GUIDES / f"{name}.md").read_text(encoding="utf-8")


def test_every_setting_of_the_pages_is_explained() -> None:
    text = guide("technician")
    assert [name for name in msgspec.structs.fields(WebSettings) if f"`{name.name}`" not in text] == []


def test_every_address_for_programs_is_named(tmp_path: Path) -> None:
    world: World = empty_world(tmp_path)
    rules = {str(rule).replace("<name>", "ID") for rule in world.pages().url_map.iter_rules()}
    world.close()
    text = guide("technician")
    for_programs = {rule for rule in rules if rule.startswith("/api/") or rule in ("/healthz", "/metrics")}
    assert len(for_programs) == 6
    assert [rule for rule in for_programs if f"`{rule}`" not in text] == []


def test_every_light_is_explained_to_cooperatives_in_the_words_of_the_page() -> None:
    text = guide("cooperative")
    for word in ("Act now", "Watch", "Within limits", "No data", "do not go out", "I handle it"):
        assert f"**{word}**" in text
