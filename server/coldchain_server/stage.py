"""What the server is made of: stages that each take durable rows, do one thing, and leave durable rows."""

from typing import Protocol


class Stage(Protocol):
    """One stage. Called from one thread only; any number of stages run side by side, in one process or several."""

    @property
    def name(self) -> str:
        """Return the stage's name, as `run --only` and the logs say it."""
        ...

    def step(self) -> bool:
        """Do one batch of what is waiting; True where more may be waiting already.

        Raises a `ServerError` with `again` where trying later can help; whoever runs the stage does that, nobody else.
        """
        ...
