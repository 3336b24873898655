"""The figures as tables: aligned for a terminal, in Markdown for a page."""

from collections.abc import Sequence

import msgspec

from coldchain_app.evaluation.scoring import Score
from coldchain_app.evaluation.summary import Figures, Tally
from coldchain_app.evaluation.traces import Trace


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A heading and rows of the same length; the first column names the row."""

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.heading, *self.rows, strict=True)]
        lines = [_aligned(row, widths) for row in (self.heading, tuple("-" * width for width in widths), *self.rows)]
        return "\n".join([self.title, "", *lines])

    def markdown(self) -> str:
        rules = ("---", *("---:" for _ in self.heading[1:]))
        lines = [f"| {' | '.join(row)} |" for row in (self.heading, rules, *self.rows)]
        return "\n".join([f"### {self.title}", "", *lines])


def main_table(title: str, figures: Sequence[Figures]) -> Table:
    """Return the table of the issue: a row a rule set."""
    return Table(
        title=title,
        heading=(
            "rule set",
            "spoiling faults",
            "detected",
            "late",
            "missed",
            "false alarms per unit-week",
            "minutes to detect: median",
            "p90",
            "hours left: median",
        ),
        rows=tuple(
            (
                one.ruleset,
                *map(str, (one.tally.spoiling, one.tally.detected, one.tally.late, one.tally.missed)),
                f"{one.false_a_unit_week:.3f}",
                _number(one.minutes_to_detect_median),
                _number(one.minutes_to_detect_p90),
                _number(one.hours_left_median, digits=1),
            )
            for one in figures
        ),
    )


def kinds_table(title: str, figures: Sequence[Figures]) -> Table:
    """Return what became of each kind of fault: for each rule set detected / late / missed, and slight ones told."""
    kinds = list(figures[0].kinds) if figures else []
    return Table(
        title=title,
        heading=("fault", "spoiling", "slight", *(one.ruleset for one in figures)),
        rows=tuple(
            (kind, *_faults(figures[0].kinds[kind]), *(_told(one.kinds[kind]) for one in figures)) for kind in kinds
        ),
    )


def false_table(title: str, figures: Sequence[Figures]) -> Table:
    """Return what was called falsely, why, and in which coolers."""
    rows = []
    for one in figures:
        reasons = ", ".join(f"{why} {count}" for why, count in one.false_by_reason.items())
        coolers = ", ".join(f"{cooler} {count}" for cooler, count in one.false_by_cooler.items())
        count, bad = str(one.false_alarms), str(one.false_milk_alarms_of_bad_probes)
        rows.append((one.ruleset, count, bad, reasons or "–", coolers or "–"))
    heading = ("rule set", "false alarms", "of the milk, by a bad probe", "why", "in which coolers")
    return Table(title=title, heading=heading, rows=tuple(rows))


def recorded_table(
    title: str, traces: Sequence[Trace], scores: Sequence[Sequence[Score]], names: Sequence[str]
) -> Table:
    """Return how often each rule set would have told of each probe of a recording."""
    return Table(
        title=title,
        heading=("probe", "readings", "days", *(f"alarms: {name}" for name in names)),
        rows=tuple(
            (
                trace.unit,
                str(len(trace.readings)),
                f"{trace.weeks * 7:.1f}",
                *(str(len(score.alarms)) for score in of_all),
            )
            for trace, of_all in zip(traces, scores, strict=True)
        ),
    )


def tables(name: str, figures: Sequence[Figures]) -> tuple[Table, ...]:
    """Return all tables of one generator or file."""
    weeks = figures[0].weeks if figures else 0.0
    return (
        main_table(f"{name}, {weeks:.0f} unit-weeks", figures),
        kinds_table(f"{name}: each kind of fault (detected / late / missed; slight ones told)", figures),
        false_table(f"{name}: false alarms", figures),
    )


def _faults(tally: Tally) -> tuple[str, str]:
    return str(tally.spoiling), str(tally.slight)


def _told(tally: Tally) -> str:
    return f"{tally.detected} / {tally.late} / {tally.missed}; {tally.slight_told}"


def _number(value: float | None, *, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells).rstrip()
