"""The model beside what was published: residuals, cell by cell."""

import math
import statistics
from collections.abc import Iterable

import msgspec

from coldchain_app.evaluation.milk.published import Cell, Statement
from coldchain_app.evaluation.table import Table
from coldchain_judgement.milk.growth import begun, kept


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One published count beside the model's, as log10 a ml."""

    cell: Cell
    observed: float
    modelled: float

    @property
    def residual(self) -> float:
        """Return the model's less the published: above zero the model is early, which is the cautious side."""
        return self.modelled - self.observed


def compared(cells: Iterable[Cell]) -> list[Compared]:
    """Return each published count beside the model's, at a steady temperature."""
    return [
        Compared(
            cell=cell,
            observed=math.log10(cell.count),
            modelled=math.log10(kept(begun(cell.start), celsius=cell.celsius, hours=cell.hours).count()),
        )
        for cell in cells
    ]


def cells_table(title: str, found: Iterable[Compared]) -> Table:
    return Table(
        title=title,
        heading=("milk", "°C", "hours", "published log10", "model log10", "model − published"),
        rows=tuple(
            (
                one.cell.milk,
                f"{one.cell.celsius:g}",
                f"{one.cell.hours:g}",
                f"{one.observed:.2f}",
                f"{one.modelled:.2f}",
                f"{one.residual:+.2f}",
            )
            for one in found
        ),
    )


def summary_table(title: str, by_source: dict[str, list[Compared]]) -> Table:
    """Return how far off the model is, source by source."""

    def row(source: str, found: list[Compared]) -> tuple[str, ...]:
        residuals = [one.residual for one in found]
        return (
            source,
            str(len(found)),
            f"{math.sqrt(statistics.fmean(one * one for one in residuals)):.2f}",
            f"{statistics.fmean(residuals):+.2f}",
            f"{max(residuals, key=abs):+.2f}",
        )

    return Table(
        title=title,
        heading=("table", "cells", "root mean square, log10", "mean", "farthest"),
        rows=tuple(row(source, found) for source, found in by_source.items()),
    )


def statements_table(title: str, statements: Iterable[Statement]) -> Table:
    """Return each sentence with by how much the model says the count was multiplied."""
    return Table(
        title=title,
        heading=("who", "says", "the model multiplies by", "agrees"),
        rows=tuple(
            (one.source, one.says, _times(times := _multiplied(one)), "yes" if one.least <= times <= one.most else "no")
            for one in statements
        ),
    )


def _multiplied(one: Statement) -> float:
    return kept(begun(one.start), celsius=one.celsius, hours=one.hours).count() / one.start


def _times(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"
