"""The documentation is held to the project: links lead somewhere, commands exist, nothing speaks of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGES = sorted(
    page for page in (*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md"), *_ROOT.glob("deploy/*.md")) if page.is_file()
)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_every_make_command_the_readme_shows_exists() -> None:
    shown = set(re.findall(r"(?m)(?:`|^ +)make (\w+)", (_ROOT / "README.md").read_text(encoding="utf-8")))
    targets = set(re.findall(r"(?m)^(\w+):", (_ROOT / "Makefile").read_text(encoding="utf-8")))
    assert {"demo", "test"} <= shown <= targets
    assert {"demo", "test", "check", "integration", "bench", "soak", "docs"} <= targets


def test_every_package_is_in_the_architecture() -> None:
    architecture = (_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = [
        path.parent for side in ("device", "server", "dashboards") for path in _ROOT.glob(f"{side}/*/__init__.py")
    ]
    assert [package.name for package in packages if package.name not in architecture] == []


def test_constraints_name_no_index_and_no_path() -> None:
    lines = (_ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line)] == []


def test_no_file_names_the_folder_this_checkout_happens_to_be_in() -> None:
    found = subprocess.run(
        ["git", "grep", "-lF", f"{_ROOT.parent}/"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert found.stdout == ""
