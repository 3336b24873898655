"""What every gateway that posts to us and asks us does; the modules of this package that are named after one."""

from collections.abc import Mapping
from typing import Protocol

from coldchain_server.gateways.events import Called, Reported, Texted
from coldchain_server.gateways.speech import Speech


class Gateway(Protocol):
    """Reads what is posted, and writes what is answered."""

    @property
    def REJECT(self) -> str:
        """The answer that rejects a call unanswered."""
        ...

    @property
    def NOTHING(self) -> str:
        """The answer that has nothing done."""
        ...

    def texted(self, form: Mapping[str, str]) -> Texted | None: ...

    def reported(self, form: Mapping[str, str]) -> Reported | None: ...

    def called(self, form: Mapping[str, str]) -> Called | None: ...

    def asks(self, speech: Speech, *, key_to: str) -> str: ...

    def says(self, speech: Speech) -> str: ...
