"""The server guide knows every setting, part and command, and the examples we ship are read without a mistake."""

import re
import tomllib
from pathlib import Path

import pytest

from coldchain_app.cli import COMMANDS
from coldchain_app.server import PARTS
from coldchain_app.settings import ServerSettings, read_server_settings
from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.settings import Setting, describe
from coldchain_server.spool.model import Accepted
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import INEKAR, NOW_MS, PI, pack, reading

_ROOT = Path(__file__).parents[2]
MEASURES = (
    "coldchain_spool_depth",
    "coldchain_spool_bytes",
    "coldchain_quarantined",
    "coldchain_requests_open",
    "coldchain_readings_lost",
    "coldchain_findings",
)
_GUIDE = (_ROOT / "docs" / "guides" / "server.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", describe(ServerSettings), ids=lambda setting: setting.key)
def test_the_guide_says_what_a_setting_is_and_its_default(setting: Setting) -> None:
    rows = [line for line in _GUIDE.splitlines() if line.startswith(f"| `{setting.key}` |")]
    assert len(rows) == 1
    assert setting.description in rows[0]
    assert f"`{setting.default}`" in rows[0] or not setting.default


@pytest.mark.parametrize("name", [*COMMANDS, *PARTS])
def test_the_guide_names_every_command_and_part(name: str) -> None:
    assert name in _GUIDE


def test_the_example_settings_are_read_without_a_mistake(tmp_path: Path) -> None:
    example = (_ROOT / "deploy" / "server.example.toml").read_text(encoding="utf-8")
    (tmp_path / "broker-admin-password").write_text("secret\n")
    settings = tmp_path / "server.toml"
    settings.write_text(example)
    assert read_server_settings(settings).store.url == tomllib.loads(example)["store"]["url"]


def test_a_reading_takes_no_more_of_the_disk_than_the_guide_says(tmp_path: Path) -> None:
    (said,) = re.findall(r"under (\d+) bytes", _GUIDE)
    probes = [urn_of_kernel_name(f"28-0000000000{number:02x}") for number in range(4)]
    spool = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=1, bytes=1))
    for report in range(200):
        first = 40 * report  # four probes a minute, sent every ten minutes
        readings = [
            reading(NOW_MS + n // 4 * 60_000, 4 + n % 32 / 16, probe=probes[n % 4]) for n in range(first, first + 40)
        ]
        taken = pack(*readings, first=first + 1)
        spool.admit([Accepted(site=INEKAR, device=PI, live=True, received_ms=NOW_MS, pack=taken)])
    spool.close()  # which leaves no write-ahead log: that is a few MB, however much there is
    assert 0.5 < spool.path.stat().st_size / 8000 / int(said) < 1


@pytest.mark.parametrize("family", ["coldchain_readings_received_total", *MEASURES])
def test_the_guide_says_what_a_measure_counts(family: str) -> None:
    assert family in _GUIDE
