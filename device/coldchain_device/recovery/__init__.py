"""Recovery: what is done, step by step, when the server has not confirmed anything for too long."""

from coldchain_device.recovery.ladder import Action, Climb, Step
from coldchain_device.recovery.recovery import Recovery, open_recovery

__all__ = ["Action", "Climb", "Recovery", "Step", "open_recovery"]
