"""Being told to stop by a signal, whichever thread the system hands it to."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals() -> Iterator[Callable[[], None]]:
    """Take SIGTERM and Ctrl-C from now on, in the main thread, and give what waits for one, also for one that has come.

    A signal may come to any thread, and Python answers it in the main one, which notices nothing while it waits for a
    lock or an event: so it waits for a byte instead, which is written whatever thread it was.
    """
    waiting, told = socket.socketpair()
    with waiting, told:
        told.setblocking(False)
        before = {number: signal.signal(number, _answered) for number in (signal.SIGTERM, signal.SIGINT)}
        woken = signal.set_wakeup_fd(told.fileno())
        try:
            yield lambda: _wait(waiting)
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)


def _answered(_number: int, _frame: object) -> None:
    """The byte says it all; but without a handler of its own a signal ends the process."""


def _wait(waiting: socket.socket) -> None:
    waiting.recv(1)
