"""A card that is really full: samples go on as long as anything may go, and nothing goes that may not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coldchain_contract.clock import SetClock
from coldchain_contract.identifiers import urn_of_kernel_name
from coldchain_contract.readings import Quality
from coldchain_contract.sequences import Sequences
from coldchain_device.clock import GivenClock, Stamp
from coldchain_device.errors import OutboxUnavailable
from coldchain_device.outbox import Outboxes, Room, Sample
from coldchain_device.outbox.reserve import Reserve

NOON, MINUTE = 1_772_539_200_000, 60_000
PROBES = tuple(urn_of_kernel_name(f"28-{number:012x}") for number in range(1, 21))
_SCRIPT = Path(__file__).with_name("on_a_full_card.py")
_MOUNT = 'mount -t tmpfs -o "size=$1m" tmpfs "$2"'


def on_a_card_of_its_own(folder: Path, megabytes: int) -> dict[str, object]:
    """Run the script in a namespace where `folder` is a disk of so many megabytes; skip where none may be mounted."""
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Debian package util-linux)")
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    where = ["sh", str(megabytes), str(folder)]
    if subprocess.run([*apart, _MOUNT, *where], capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace of one's own is not permitted here")
    done = subprocess.run(
        [*apart, f'{_MOUNT} && exec "$3" "$4" "$2"', *where, sys.executable, str(_SCRIPT)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_full_card_is_sampled_on_as_long_as_anything_may_go(tmp_path: Path) -> None:
    told = on_a_card_of_its_own(tmp_path, 16)
    assert told.pop("while there is room") == 500
    assert int(str(told.pop("once some is confirmed"))) >= 60
    assert int(str(told.pop("once the rest is ninety days old"))) >= 28
    assert str(told.pop("lost")).startswith("18001-")
    assert told.pop("with room again") == 10
    assert set(told.values()) == {True}, told


def test_the_reserve_is_not_taken_of_a_card_that_is_nearly_full(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", size=shutil.disk_usage(tmp_path).free)
    reserve.hold_again()
    assert reserve.held() == 0


def test_an_outbox_that_reached_its_bound_lets_the_oldest_stored_readings_go(tmp_path: Path) -> None:
    outboxes, clock = Outboxes(tmp_path / "outbox.sqlite", most_bytes=256 * 1024), GivenClock(SetClock(NOON))
    room, taken = Room(outboxes, clock=clock), 0
    with pytest.raises(OutboxUnavailable, match="full"):
        while True:
            outboxes.live.add(round_at(NOON + taken * MINUTE))
            taken += 1
    room.make()
    with pytest.raises(OutboxUnavailable, match="full"):
        outboxes.live.add(round_at(NOON + taken * MINUTE))  # nothing may go yet
    outboxes.live.confirm(Sequences.span(1, 2000), now_ms=NOON)
    room.make()
    assert outboxes.live.add(round_at(NOON + taken * MINUTE)) != []
    assert outboxes.live.waiting().ranges[0][0] == 2001
    assert outboxes.live.held(Sequences.span(1, 2000)).ranges == ()
    outboxes.close()


def round_at(at_ms: int) -> list[Sample]:
    stamp = Stamp(boot_id="b", uptime_ms=at_ms - NOON, wall_ms=at_ms, trusted=True)
    return [Sample(probe=probe, value=4.0, quality=Quality.OK, stamp=stamp) for probe in PROBES]
