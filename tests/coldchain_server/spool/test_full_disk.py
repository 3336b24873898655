"""A disk that is really full: nothing is half taken in, and all goes on once there is room."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).with_name("on_a_small_disk.py")
_READINGS = 40


def on_a_disk_of_its_own(folder: Path, megabytes: int) -> dict[str, int]:
    """Run the script in a namespace where `folder` is a disk of so many megabytes; skip where none may be mounted."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Debian package util-linux)")
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = 'mount -t tmpfs -o "size=$1m" tmpfs "$2"'
    tried = [*apart, "sh", "-c", mount, "sh", str(megabytes), str(folder)]
    if subprocess.run(tried, capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace of one's own is not permitted here")
    run = f'{mount} && exec "$3" "$4" "$2"'
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [*apart, "sh", "-c", run, "sh", str(megabytes), str(folder), sys.executable, str(_SCRIPT)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_full_disk_is_survived_and_recovered_from_without_help(tmp_path: Path) -> None:
    told = on_a_disk_of_its_own(tmp_path, 20)
    assert told["first"] > 100
    assert told["kept"] == told["first"] * _READINGS
    assert told["again"] == told["first"], "a full disk takes nothing in, however often it is tried"
    assert told["second"] > told["first"] + 100, "as soon as there is room, it goes on"
    assert told["third"] > told["second"] + 100, "what the store has taken makes room, on a disk that is still full"
    assert told["received"] == told["third"] * _READINGS
