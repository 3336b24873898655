"""A device is told to stop, whichever of its threads the system tells."""

import subprocess
import sys

import pytest

_PROGRAM = """
import signal, threading, time
from coldchain_device.stopping import stop_signals

def tell(thread):
    time.sleep(0.2)  # the main thread waits by then
    signal.pthread_kill(thread or threading.get_ident(), signal.{name})

with stop_signals() as wait_for_one:
    threading.Thread(target=tell, args=({thread},), daemon=True).start()
    wait_for_one()
print("stopped in order")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("thread", ["threading.get_ident()", "None"], ids=["main thread", "another thread"])
def test_a_signal_to_any_thread_ends_the_waiting(thread: str, name: str) -> None:
    program = [sys.executable, "-c", _PROGRAM.format(thread=thread, name=name)]
    told = subprocess.run(program, capture_output=True, text=True, timeout=30, check=True)
    assert told.stdout == "stopped in order\n"
