"""The picture of the residuals: model less published, by hours, a mark each. Needs matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from coldchain_app.evaluation.milk.comparison import Compared
from coldchain_app.milk.picture import drawing

BAND = 0.65
_MARKS = "os^Dvx"


def draw(by_source: Mapping[str, Sequence[Compared]], file: Path) -> None:
    """Write the picture, one panel a source; the same figures are the same file."""
    with drawing():
        figure = Figure(figsize=(8.4, 3.6), layout="constrained")
        panels = figure.subplots(1, len(by_source), sharey=True, squeeze=False)[0]
        for panel, (source, found) in zip(panels, by_source.items(), strict=True):
            for mark, celsius in zip(_MARKS, sorted({one.cell.celsius for one in found}), strict=False):
                those = [one for one in found if one.cell.celsius == celsius]
                hours, off = [one.cell.hours for one in those], [one.residual for one in those]
                panel.plot(hours, off, mark, ms=5, mfc="none", label=f"{celsius:g} °C")
            panel.axhspan(-BAND, BAND, color="0.9", lw=0)
            panel.axhline(0.0, color="0.4", lw=0.8)
            panel.set_title(source)
            panel.set_xlabel("hours")
            panel.legend(frameon=False)
        panels[0].set_ylabel("model − published, log10")
        figure.savefig(file, metadata={"Date": None})
