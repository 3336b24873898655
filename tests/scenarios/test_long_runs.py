"""The long runs, behind `make soak`: a simulated day through the whole chain, for several seeds."""

import json
import subprocess
import sys

import pytest

_DEMO = [sys.executable, "-c", "from coldchain_app.entry import main; main()", "demo"]
_A_SIMULATED_DAY_S = 288


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_simulated_day_loses_doubles_and_sets_aside_nothing(seed: int) -> None:
    options = ["--headless", "--seconds", str(_A_SIMULATED_DAY_S), "--seed", str(seed), "--json"]
    done = subprocess.run([*_DEMO, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["readings_taken"] == report["readings_stored"] > 15_000
    assert (report["duplicates"], report["readings_quarantined"]) == (0, 0)
    assert report["incidents_opened"] == report["incidents_resolved"] >= 1
