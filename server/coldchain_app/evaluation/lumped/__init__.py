"""The second generator: two thermal nodes, other lives, other faults, other noise; no code of the first is in it."""

from coldchain_app.evaluation.lumped.parameters import Lumped as Lumped
from coldchain_app.evaluation.lumped.running import trace_of as trace_of
