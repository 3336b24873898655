"""Mutants: each rule and the state table broken in every small way, in a copy, to see whether a test goes red.

Writes nothing into the tree. Prints the share that was killed, and with `--survivors` what each survivor changed.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutants import swapping

TREE = Path(__file__).parents[2]
MUTMUT = [sys.executable, "-m", "mutmut"]
EXAMPLES = 20
"""So many examples of each property a mutant is tried with; the tests themselves try more."""
_ALIVE = {0, 5, 33}
"""No test went red, or none runs what was broken."""


@dataclass(frozen=True)
class Subject:
    """A package to break, the parts of it that count, and the tests that should see it."""

    package: str
    parts: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


RULES = Subject(
    package="device/coldchain_judgement",
    parts=tuple(
        f"coldchain_judgement.{part}*"
        for part in ("rules.", "course", "curve", "capacity", "filling", "limits", "light", "advice", "milk.")
    ),
    tests=("tests/coldchain_judgement", "tests/invented"),
    left_out=("tests/coldchain_judgement/test_fills_in_a_cooler.py",),
)
TABLE = Subject(
    package="server/coldchain_server",
    parts=("incidents/table.py",),
    tests=("tests/coldchain_server/incidents/test_incident_table.py", "docs/judging.md"),
)


def copied(subject: Subject, folder: Path) -> str:
    """Copy what is broken and its tests into `folder`; return the package's name."""
    name = Path(subject.package).name
    shutil.copytree(TREE / subject.package, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for test in subject.tests:
        if (TREE / test).is_dir():
            shutil.copytree(TREE / test, folder / test, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / test).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE / test, folder / test)
    for test in subject.left_out:
        path = folder / test
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.rglob("test_*.py"):
        text = re.sub(r"max_examples=\d+", f"max_examples={EXAMPLES}", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    return name


def settings_of(subject: Subject, name: str) -> str:
    """Return what mutmut and pytest go by in the copy."""
    only = sorted({part.rstrip("*.").replace(".", "/") + "*" for part in subject.parts})
    return "\n".join(
        [
            '[project]\nname = "mutants"\nversion = "0"',
            "[tool.mutmut]",
            f"source_paths = {json.dumps([name])}",
            f"only_mutate = {json.dumps(only)}",
            f"also_copy = {json.dumps([name, 'tests', 'docs'])}",
            f"pytest_add_cli_args_test_selection = {json.dumps([subject.tests[0]])}",
            'pytest_add_cli_args = ["-p", "no:cacheprovider"]',
            "[tool.pytest.ini_options]",
            'addopts = "--import-mode=importlib"\npythonpath = ["tests"]\n',
        ]
    )


def outcomes(folder: Path) -> dict[str, int | None]:
    """Return how each mutant that was tried ended."""
    found: dict[str, int | None] = {}
    for path in (folder / "mutants").rglob("*.meta"):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {mutant: code for mutant, code in found.items() if code is not None}


def tried(subject: Subject, *, survivors: bool) -> tuple[int, int]:
    """Break a subject in every way; return how many mutants were killed, of how many."""
    with tempfile.TemporaryDirectory(prefix="coldchain-mutants-") as temporary:
        folder = Path(temporary)
        name = copied(subject, folder)
        (folder / "pyproject.toml").write_text(settings_of(subject, name), encoding="utf-8")
        run = [*MUTMUT, "run", *subject.parts]
        with (folder / "mutmut.log").open("w") as log:
            subprocess.run(run, cwd=folder, check=False, stdout=log, stderr=log)
        ends = outcomes(folder)
        if not ends:
            raise SystemExit((folder / "mutmut.log").read_text(encoding="utf-8")[-3000:])
        alive = sorted(mutant for mutant, code in ends.items() if code in _ALIVE)
        by_part = Counter(mutant.split(".x")[0] for mutant in alive)
        print(f"{subject.package}: {len(ends) - len(alive)} of {len(ends)} killed; alive: {dict(by_part)}")
        for mutant in alive if survivors else ():
            shown = subprocess.run([*MUTMUT, "show", mutant], cwd=folder, check=False, capture_output=True, text=True)
            print("\n".join([mutant, *re.findall(r"(?m)^[-+](?![-+]).*", shown.stdout)]))
        return len(ends) - len(alive), len(ends)


def swapped(subject: Subject, *, survivors: bool) -> tuple[int, int]:
    """Break a table, which is made once when it is imported, word by word; return how many were killed, of how many."""
    with tempfile.TemporaryDirectory(prefix="coldchain-mutants-") as temporary:
        folder = Path(temporary)
        module = folder / copied(subject, folder) / subject.parts[0]
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n", encoding="utf-8")
        text = module.read_text(encoding="utf-8")
        alive, of = swapping.tried(text, begins="_MOVES = ", module=module, folder=folder, tests=subject.tests[0])
        print(f"{subject.package}/{subject.parts[0]}: {of - len(alive)} of {of} killed")
        print("\n".join(alive if survivors else ()))
        return of - len(alive), of


def main() -> None:
    """Try both subjects and say the share that was killed."""
    survivors = "--survivors" in sys.argv[1:]
    both = [swapped(TABLE, survivors=survivors), tried(RULES, survivors=survivors)]
    killed, of = (sum(numbers) for numbers in zip(*both, strict=True))
    print(f"{killed} of {of} mutants killed: {killed / of:.1%}")


if __name__ == "__main__":
    main()
