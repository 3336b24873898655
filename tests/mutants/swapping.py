"""A table of decisions broken word by word: each member of its enumerations put in place of the one before it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_WORD = re.compile(r"\b(State|Event|Reason)\.([A-Z_]+)")


def broken(text: str, *, begins: str) -> Iterator[tuple[str, str]]:
    """Yield (what was broken, the whole text broken so), for every word and every row after the line `begins`."""
    members = {
        name: re.findall(r"(?m)^    ([A-Z_]+) = ", body)
        for name, body in re.findall(r"(?ms)^class (State|Event|Reason)\(enum\.Enum\):\n(.*?)(?=^\S)", text)
    }
    start = text.index(begins)
    for found in _WORD.finditer(text, start):
        kind, member = found.groups()
        of = members[kind]
        other = of[(of.index(member) + 1) % len(of)]
        line = text.count("\n", 0, found.start()) + 1
        yield f"line {line}: {member} → {other}", f"{text[: found.start(2)]}{other}{text[found.end(2) :]}"
    for found in re.finditer(r"(?m)^    \(State\..*\n", text[start:]):
        at = start + found.start()
        yield f"no row {found.group().strip()}", text[:at] + text[at + len(found.group()) :]


def tried(text: str, *, begins: str, module: Path, folder: Path, tests: str) -> tuple[list[str], int]:
    """Return which mutants of `module` (in the copy in `folder`) stayed alive, and how many were tried."""
    alive, count = [], 0
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    for what, mutant in broken(text, begins=begins):
        module.write_text(mutant, encoding="utf-8")
        count += 1
        if subprocess.run(command, cwd=folder, check=False, capture_output=True, env=environment).returncode == 0:
            alive.append(what)
    return alive, count
