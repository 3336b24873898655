"""A figure: what we need, what a rival or a limit needs, and the ratio of the two."""

import msgspec


class WrongCount(Exception):
    """Readings were lost, doubled or refused: whatever was measured is worth nothing."""


class Amount(msgspec.Struct, frozen=True):
    """A number with its unit; a whole number is a count."""

    value: float
    unit: str

    def __str__(self) -> str:
        digits = 0 if self.value >= 100 or isinstance(self.value, int) else 1 if self.value >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Ours beside the rival's, in one unit; `more_is_better` tells rates from costs. `note` is said below the table."""

    name: str
    ours: Amount
    rival: Amount
    against: str
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> str:
        """Return ours ÷ rival's in three digits; a dash where the rival's is nothing."""
        return f"{self.ours.value / self.rival.value:.3g}" if self.rival.value else "–"


def expect(what: str, *, found: int, expected: int) -> None:
    """Raise `WrongCount` unless as many were found as expected."""
    if found != expected:
        raise WrongCount(f"{what}: {found} found, {expected} expected")


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table, their notes below it."""
    lines = ["| figure | ours | rival or limit | ours ÷ rival | better |", "| --- | --- | --- | --- | --- |"]
    for one in figures:
        better = "higher" if one.more_is_better else "lower"
        lines.append(f"| {one.name} | {one.ours} | {one.rival}: {one.against} | {one.ratio} | {better} |")
    notes = [f"- {one.name}: {one.note}" for one in figures if one.note]
    return "\n".join(lines + (["", *notes] if notes else []))
