"""The table of a fault run: what was done how often, what was taken, and what became of it."""

import os
from pathlib import Path

import msgspec

from faults.oracle import Tally

FOLDER = "COLDCHAIN_FAULT_REPORT"
"""Environment variable: the folder that every story leaves its line in; not set, and none is left."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One story: a fault that struck so often, by how many kills, the tally, and the seconds until all was stored.

    `note`: what else was measured, such as memory; of the lines of one fault, the last one's is shown.
    """

    fault: str
    strikes: int
    kills: int
    tally: Tally
    recovery_s: float
    note: str = ""


def leave(line: Line) -> None:
    """Leave `line` for the report, where one is wanted; stories in several processes do not meet."""
    folder = os.environ.get(FOLDER)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        names = sum(1 for _ in Path(folder).iterdir())
        (Path(folder) / f"{os.getpid()}-{names}.json").write_bytes(msgspec.json.encode(line))


def table(folder: Path) -> str:
    """Return the lines in `folder` as a Markdown table, those of one fault together."""
    lines = [msgspec.json.decode(file.read_bytes(), type=Line) for file in sorted(folder.glob("*.json"))]
    together: dict[str, Line] = {}
    for line in lines:
        before = together.get(line.fault)
        together[line.fault] = line if before is None else _sum(before, line)
    rows = [_row(line) for line in together.values()]
    if together:
        everything = list(together.values())
        total = everything[0]
        for line in everything[1:]:
            total = _sum(total, line)
        rows.append(_row(msgspec.structs.replace(total, fault=f"all ({total.kills} kills with SIGKILL)", note="")))
    return "\n".join((_HEAD, _RULE, *rows))


_HEAD = "| fault | repetitions | taken | stored | lost | doubled | misdated | seconds to recover, at most |"
_RULE = "| --- | --- | --- | --- | --- | --- | --- | --- |"


def _sum(one: Line, other: Line) -> Line:
    return Line(
        fault=one.fault,
        strikes=one.strikes + other.strikes,
        kills=one.kills + other.kills,
        tally=one.tally + other.tally,
        recovery_s=max(one.recovery_s, other.recovery_s),
        note=other.note or one.note,
    )


def _row(line: Line) -> str:
    tally = line.tally
    figures = (line.strikes, tally.taken, tally.stored, tally.lost, tally.doubled, tally.misdated)
    fault = f"{line.fault} ({line.note})" if line.note else line.fault
    return f"| {fault} | {' | '.join(f'{figure:,}' for figure in figures)} | {line.recovery_s:.1f} |"
