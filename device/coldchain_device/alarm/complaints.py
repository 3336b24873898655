"""What is wrong with the box itself, such as a jammed button: said once when it begins and once when it ends."""

from collections.abc import Callable, Mapping

import structlog

_log = structlog.get_logger()
STUCK = "button-stuck"
STUCK_WHAT = "the button has been down for a minute: look whether it is jammed, or its wire touches ground"


class Complaints:
    """One thread looks; `known` may be asked by any. `on_change` is called where something began or ended."""

    def __init__(self, ask: Callable[[], Mapping[str, str]], *, on_change: Callable[[], None]) -> None:
        self._ask, self._on_change = ask, on_change
        self._known: tuple[str, ...] = ()

    def known(self) -> tuple[str, ...]:
        """Return the names of what is wrong now."""
        return self._known

    def look(self) -> None:
        found, before = self._ask(), self._known
        self._known = tuple(sorted(found))
        for name in self._known:
            if name not in before:
                _log.warning("something is wrong with the box itself", trouble=name, what=found[name])
        for name in before:
            if name not in found:
                _log.info("the box is mended", trouble=name)
        if self._known != before:
            self._on_change()
