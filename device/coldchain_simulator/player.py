"""The player: a replay on a 1-Wire tree, row by row, with every reading of it seen."""

from pathlib import Path

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import ProbeUrn
from coldchain_simulator.reads import ReadWatch
from coldchain_simulator.replay import Replay, Row
from coldchain_simulator.truth import Taken, Truth
from coldchain_simulator.w1_text import Shown, shown_value
from coldchain_simulator.w1tree import W1Tree


class Player:
    """Shows a replay's rows in `folder/w1`; all its probes are on the bus from the start, with their first values.

    Whoever plays sets the clock to `row.at_ms`, calls `show(row)` and reads the probes in `row.values`, only those:
    the others have a gap there, though their files still show what they last had. A reading's instant in the log is
    what the clock said when the row it read was shown.
    """

    def __init__(self, replay: Replay, *, clock: Clock, folder: Path) -> None:
        self.replay, self._clock = replay, clock
        self.truth = Truth(folder / "truth.jsonl")
        self._watch = ReadWatch(self._was_read)  # not started: everything is drained before the next row
        self._tree = W1Tree(folder / "w1", staging=folder / "staging", witness=self._watch)
        self._at_ms = clock.now_ms()
        self.w1 = self._tree.base
        first: dict[ProbeUrn, float] = {}
        for row in replay.rows():
            first = row.values | first
            if len(first) == len(replay.probes):
                break
        for probe, celsius in first.items():
            self._tree.show(probe, shown_value(celsius))

    def show(self, row: Row) -> None:
        """Let each probe of a row show its value, rounded to 1/16 °C; what was read before counts to the row before."""
        self._watch.drain()
        self._at_ms = self._clock.now_ms()
        for probe, celsius in row.values.items():
            self._tree.show(probe, shown_value(celsius))

    def taken(self) -> list[Taken]:
        """Return every reading that ended before this call."""
        self._watch.drain()
        return list(self.truth.taken)

    def stop(self) -> None:
        """Take down the last readings and close the log. The folder stays."""
        self._watch.close()
        self.truth.close()

    def _was_read(self, probe: ProbeUrn, shown: Shown) -> None:
        fault = shown.fault.value if shown.fault else None
        self.truth.took(Taken(probe=probe, at_ms=self._at_ms, text=shown.text, celsius=shown.celsius, fault=fault))
