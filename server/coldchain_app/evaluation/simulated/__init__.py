"""The first generator: coolers of `coldchain_simulator`'s four thermal nodes through weeks of life and faults."""

from coldchain_app.evaluation.simulated.living import trace_of as trace_of
from coldchain_app.evaluation.simulated.parameters import Simulated as Simulated
