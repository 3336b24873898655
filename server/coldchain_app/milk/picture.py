"""The picture of an answer: the temperatures above, the count with its range below. Needs matplotlib."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from coldchain_app.milk.answer import Answer
from coldchain_app.milk.words import Language, texts
from coldchain_judgement.milk.trace import HOUR_MS


def drawing() -> AbstractContextManager[None]:
    """Return in what pictures are drawn, so that the same answer is the same file."""
    return mpl.rc_context({"svg.hashsalt": "coldchain", "svg.fonttype": "none", "font.size": 9.0})


def draw(given: Answer, readings: Sequence[tuple[int, float]], file: Path, language: Language) -> None:
    """Write the picture as PNG or SVG, as the file's name ends."""
    words = texts(language)
    with drawing():
        figure = Figure(figsize=(7.2, 5.0), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        hours = [(at_ms - given.begins_ms) / HOUR_MS for at_ms, _ in readings]
        above.plot(hours, [celsius for _, celsius in readings], color="#1f4e79", lw=1.2, label=words["measured"])
        above.axhline(8.0, color="0.5", lw=0.8, ls=":")
        above.set_ylabel(words["celsius-axis"])
        if given.range is not None:
            counts = given.range.log10
            low, high = [one.p10 for one in counts], [one.p90 for one in counts]
            below.fill_between(given.range.hours, low, high, color="#d9a441", alpha=0.35, lw=0, label=words["band"])
            below.plot(given.range.hours, [one.p50 for one in counts], color="#8a5a00", lw=1.4, label=words["likely"])
            below.legend(loc="upper left", frameon=False)
        for limit, style in ((6.0, "--"), (7.0, "-")):
            below.axhline(limit, color="#a02020", lw=0.9, ls=style)
        below.set_ylabel(words["count-axis"])
        below.set_xlabel(words["time-axis"])
        figure.savefig(file, metadata={"Date": None} if file.suffix.lower() == ".svg" else None, dpi=140)
