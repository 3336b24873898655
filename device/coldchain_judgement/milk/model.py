"""The growth model: two populations of bacteria, how fast each grows at a temperature, and how milk begins."""

import msgspec


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """Bacteria that grow alike: between `lowest` and `highest` °C, fastest at `best`, by `fastest` ln units/h."""

    lowest: float
    best: float
    highest: float
    fastest: float
    clamped: bool = False

    def rate(self, celsius: float) -> float:
        """Return the growth rate in ln units an hour at `celsius`, by the cardinal temperature model with inflection.

        Rosso et al. 1993. Where `clamped`, nothing above `best` slows it: hotter milk never counts as keeping longer.
        """
        if self.clamped and celsius > self.best:
            return self.fastest
        if not self.lowest < celsius < self.highest:
            return 0.0
        above, span = celsius - self.lowest, self.best - self.lowest
        under = span * (
            span * (celsius - self.best) - (self.best - self.highest) * (self.best + self.lowest - 2 * celsius)
        )
        return self.fastest * (celsius - self.highest) * above * above / under


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the estimate rests on. Of a count, `cold_share` and `warm_share` are of the two populations; what is
    left does not grow. `lag` is Baranyi's h0 (the lag is `lag` over the rate), `most` the highest count per ml."""

    cold: Population
    warm: Population
    cold_share: float
    warm_share: float
    lag: float
    most: float


RAW_COW = Model(
    # 51 growth curves of Gram-negative isolates of milk (Cornell): 0.0837 /h at 6 °C is their median.
    cold=Population(lowest=-6.0, best=28.0, highest=36.0, fastest=0.44),
    # Mixed lactic cultures in milk, Medveďová et al. 2019, Fermentation 5:2.
    warm=Population(lowest=4.0, best=38.3, highest=49.6, fastest=1.56, clamped=True),
    cold_share=0.20,
    warm_share=0.05,
    lag=1.0,
    most=1e9,
)
"""Raw cow milk. The rates are published, the shares are this project's judgement; other milk is not known."""
