"""What pages may change. The one writing door between pages and server."""

from coldchain_server.actions.door import Actions
from coldchain_server.actions.learning import Decision
from coldchain_server.actions.measuring import Telling
from coldchain_server.actions.milking import MilkTold
from coldchain_server.actions.muting import Muting
from coldchain_server.actions.texting import Text
from coldchain_server.asking.requests import Action
from coldchain_server.incidents.handling import Handling
from coldchain_server.sources.hand import Doubt, Refusal, Refused, celsius_typed, doubt

__all__ = [
    "Action",
    "Actions",
    "Decision",
    "Doubt",
    "Handling",
    "MilkTold",
    "Muting",
    "Refusal",
    "Refused",
    "Telling",
    "Text",
    "celsius_typed",
    "doubt",
]
