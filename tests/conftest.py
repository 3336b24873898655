"""Fixtures every test may use: the real servers, the folder of real data, and the rule about skips."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from servers.influxdb import Influxdb
from servers.mosquitto import Mosquitto
from servers.postgresql import Postgresql

_NO_SKIPS = "COLDCHAIN_NO_SKIPS"
_DATA = "COLDCHAIN_DATA"
_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 4 * 2**30

# Nothing here cuts the power, so a commit need not reach a disk, which most tests would wait for most of the time.
if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("coldchain", deadline=None)
hypothesis.settings.load_profile("coldchain")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Turn every skip into a failure where `COLDCHAIN_NO_SKIPS` is set."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and os.environ.get(_NO_SKIPS) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and {_NO_SKIPS} is set: {report.longrepr}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that may take longest, so that no worker is alone with one of them at the end."""

    def longest_first(item: pytest.Item) -> float:
        allowed = item.get_closest_marker("timeout")
        return -float(allowed.args[0]) if allowed is not None else 0.0

    items.sort(key=longest_first)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of data nobody here wrote: `COLDCHAIN_DATA`, or `../shared/data` beside the project."""
    folder = Path(os.environ.get(_DATA, Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set {_DATA}")
    return folder


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real Mosquitto, open to anyone on loopback."""
    broker = Mosquitto(tmp_path / "mosquitto")
    broker.server.start()
    yield broker
    broker.server.stop()


@pytest.fixture
def guarded_mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A real Mosquitto with dynamic security: anonymous clients are refused, only the administrator exists."""
    broker = Mosquitto(tmp_path / "guarded-mosquitto", dynsec=True)
    broker.server.start()
    yield broker
    broker.server.stop()


@pytest.fixture
def influxdb(tmp_path: Path) -> Iterator[Influxdb]:
    """A real InfluxDB without authentication."""
    server = Influxdb(tmp_path / "influxdb")
    server.start()
    yield server
    server.server.stop()


@pytest.fixture
def guarded_influxdb(tmp_path: Path) -> Iterator[Influxdb]:
    """A real InfluxDB that wants a user and password."""
    server = Influxdb(tmp_path / "guarded-influxdb", auth=True)
    server.start()
    yield server
    server.server.stop()


@pytest.fixture(scope="session")
def one_postgresql() -> Iterator[Postgresql]:
    """A real PostgreSQL for all tests; not in pytest's folder, which any other run closes to its user."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgresql(Path(folder) / "postgresql")
        server.start()
        yield server
        server.server.stop()


@pytest.fixture
def postgresql(one_postgresql: Postgresql) -> str:
    """The address of an empty database on a real PostgreSQL."""
    return one_postgresql.database()
