"""Where gateways hand over what people text, press and ring, and ask what to say in a call."""

from coldchain_dashboards.hooks import calls, recordings, sms
from coldchain_dashboards.hooks.blueprint import blueprint

__all__ = ["blueprint", "calls", "recordings", "sms"]
