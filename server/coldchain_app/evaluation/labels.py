"""Labels of a recording: which fault was when, and whether it spoilt milk, as somebody who knows wrote down."""

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from coldchain_app.evaluation.traces import Case, Subject
from coldchain_contract.clock import milliseconds
from coldchain_server.errors import BadEntry

COLUMNS = ("probe", "fault", "of", "from", "until", "spoils")
"""`of` is milk, probe, silence or power, or several with spaces between; `spoils` is yes or no."""

_ANSWERS = {"yes": True, "no": False}


def read_labels(file: Path, *, zone: ZoneInfo) -> dict[str, tuple[Case, ...]]:
    """Return the labels of each probe in order; `BadEntry` names the line that is wrong and what is allowed."""
    found: dict[str, list[Case]] = defaultdict(list)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise BadEntry(f"{file.name}: the first line must be {','.join(COLUMNS)}")
            for row in rows:
                found[row["probe"]].append(_case(row, where=f"{file.name}, line {rows.line_num}", zone=zone))
    except OSError as error:
        raise BadEntry(f"{file.name}: {error.strerror}") from error
    return {probe: tuple(sorted(cases, key=lambda case: case.from_ms)) for probe, cases in found.items()}


def _case(row: dict[str, str], *, where: str, zone: ZoneInfo) -> Case:
    try:
        explains = frozenset(Subject(word) for word in row["of"].split())
        from_ms, until_ms = (_instant(row[end], zone) for end in ("from", "until"))
    except (ValueError, AttributeError) as error:
        raise BadEntry(f"{where}: {error}; times are ISO 8601, `of` is milk, probe, silence or power") from error
    if row["spoils"] not in _ANSWERS:
        raise BadEntry(f"{where}: spoils is yes or no, not {row['spoils']!r}")
    if until_ms <= from_ms:
        raise BadEntry(f"{where}: it ends before it begins")
    return Case(
        kind=row["fault"], from_ms=from_ms, until_ms=until_ms, explains=explains, spoiling=_ANSWERS[row["spoils"]]
    )


def _instant(text: str, zone: ZoneInfo) -> int:
    at = datetime.fromisoformat(text)
    return milliseconds(at if at.tzinfo else at.replace(tzinfo=zone))
