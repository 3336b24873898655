"""What the interpreter is told where a server has the process to itself."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TURN_S = 0.0005


@contextmanager
def settled() -> Iterator[None]:
    """To be entered once everything is open, and left when it ends.

    The garbage collector does not look at what is open by then: it stays, and to look through it again and again costs
    a third of ingest. And a thread that has had its answer from a disk or another server waits half a millisecond for
    its turn, not five, beside one that computes.
    """
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before_s)
