"""What InfluxDB refuses, and what we then say: the thing, the server's words, and what to do."""

import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import UUID

import msgspec
import pytest

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Reading
from coldchain_contract.settings import Secret
from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.store.influxdb.store import InfluxdbStore
from coldchain_server.store.influxdb.transport import is_this_machine, spoken
from coldchain_server.store.protocol import Point
from coldchain_server.store.settings import StoreKind, StoreSettings
from coldchain_server.store.totals import stored_totals
from servers.influxdb import ADMIN, ADMIN_PASSWORD, Influxdb
from servers.process import free_port
from stand_ins.http import Reply
from stand_ins.influxdb import StandIn, Version, answering
from stand_ins.influxql import Table
from stand_ins.rules import Rules

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")
NOON = 1_793_016_000_000
MINUTE = 60_000
CARD = UUID(int=1)
TOKEN = "a-token"

Open = Callable[..., InfluxdbStore]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens stores on a URL and closes them after the test."""
    with ExitStack() as closing:

        def open_one(url: str, **settings: object) -> InfluxdbStore:
            told = StoreSettings(kind=StoreKind.INFLUXDB, url=url, timeout=2000)
            store = InfluxdbStore(msgspec.structs.replace(told, **settings))
            closing.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def now_ms() -> int:
    """The real now: retention goes by the server's own clock."""
    return time.time_ns() // 1_000_000


def points(count: int, *, start_ms: int = NOON) -> list[Point]:
    return [
        Point(
            reading=Reading(probe=MILK, at_ms=start_ms + n * MINUTE, value=n / 16),
            sequence=n + 1,
            outbox=CARD,
        )
        for n in range(count)
    ]


def ask(server: Influxdb, statement: str) -> None:
    user = urllib.parse.urlencode({"u": ADMIN, "p": ADMIN_PASSWORD} if server.auth else {})
    body = urllib.parse.urlencode({"q": statement}).encode()
    with urllib.request.urlopen(f"{server.url}/query?{user}", body, timeout=5) as answer:
        answer.read()


def write_raw(server: Influxdb, lines: str) -> None:
    with urllib.request.urlopen(f"{server.url}/write?db=coldchain&precision=ms", lines.encode(), timeout=5) as answer:
        answer.read()


class TestInfluxdb1:
    """The real server."""

    def test_a_wrong_secret_is_named_as_such(self, guarded_influxdb: Influxdb, opened: Open) -> None:
        store = opened(guarded_influxdb.url, username=ADMIN, token=Secret("not-it"))
        with pytest.raises(StoreRefused, match=r"the secret is wrong: see \[store\] username and token") as refused:
            store.prepare()
        assert "not-it" not in str(refused.value)
        with pytest.raises(StoreRefused, match="the secret is wrong"):
            store.write(points(1))

    def test_no_secret_where_one_is_wanted_is_named_the_same(self, guarded_influxdb: Influxdb, opened: Open) -> None:
        with pytest.raises(StoreRefused, match="the secret is wrong"):
            opened(guarded_influxdb.url).prepare()

    def test_a_user_without_rights_is_told_which_to_get(self, guarded_influxdb: Influxdb, opened: Open) -> None:
        ask(guarded_influxdb, "CREATE USER milk WITH PASSWORD 'maid'")
        ask(guarded_influxdb, 'CREATE DATABASE "coldchain"')
        store = opened(guarded_influxdb.url, username="milk", token=Secret("maid"))
        with pytest.raises(StoreRefused, match="grant this user or token read and write on 'coldchain'"):
            store.prepare()
        with pytest.raises(StoreRefused, match="grant this user or token read and write"):
            store.write(points(1))

    def test_a_user_with_rights_on_the_one_database_is_enough(self, guarded_influxdb: Influxdb, opened: Open) -> None:
        ask(guarded_influxdb, "CREATE USER milk WITH PASSWORD 'maid: with a colon'")
        ask(guarded_influxdb, 'CREATE DATABASE "coldchain"')
        ask(guarded_influxdb, 'GRANT ALL ON "coldchain" TO milk')
        store = opened(guarded_influxdb.url, username="milk", token=Secret("maid: with a colon"))
        store.prepare()
        assert store.write(points(3)) == []
        assert stored_totals(store).stored == 3

    def test_a_missing_database_is_named_when_writing_and_reading(self, influxdb: Influxdb, opened: Open) -> None:
        store = opened(influxdb.url)
        with pytest.raises(StoreRefused, match=r'database not found.*CREATE DATABASE "coldchain"'):
            store.write(points(1))
        with pytest.raises(StoreRefused, match=r'database not found.*CREATE DATABASE "coldchain"'):
            store.points(MILK, 0, NOON)

    def test_points_beyond_the_retention_stand_alone_and_the_rest_is_stored(
        self, influxdb: Influxdb, opened: Open, now_ms: int
    ) -> None:
        ask(influxdb, 'CREATE DATABASE "coldchain" WITH DURATION 30d')
        store = opened(influxdb.url)
        old, fresh = points(5, start_ms=now_ms - 90 * 24 * 60 * MINUTE), points(300, start_ms=now_ms - 300 * MINUTE)
        mixed = [*fresh[:100], old[0], old[1], *fresh[100:250], old[2], *fresh[250:], old[3], old[4]]
        refusals = store.write(mixed)
        assert [refusal.point for refusal in refusals] == old
        assert all("points beyond retention policy" in refusal.reason for refusal in refusals)
        assert store.points(MILK, 0, 2 * NOON) == fresh

    def test_a_field_of_another_type_is_refused_with_the_servers_words(self, influxdb: Influxdb, opened: Open) -> None:
        store = opened(influxdb.url)
        store.prepare()
        write_raw(influxdb, f'readings,probe={MILK},quantity=temperature value="warm" {NOON}')
        refusals = store.write(points(3))
        assert [refusal.point for refusal in refusals] == points(3)
        assert all("field type conflict" in refusal.reason for refusal in refusals)

    def test_what_somebody_else_wrote_beside_our_points_is_not_taken_for_ours(
        self, influxdb: Influxdb, opened: Open
    ) -> None:
        store = opened(influxdb.url)
        store.prepare()
        store.write(points(1))
        write_raw(influxdb, f"readings,probe={MILK},quantity=temperature value=4.5 {NOON + 1}")
        write_raw(influxdb, f'readings,probe={MILK},quantity=humidity quality="ok",sequence=1i {NOON + 2}')
        assert store.points(MILK, 0, 2 * NOON) == points(1)

    def test_an_answer_cut_short_is_not_taken_for_the_whole(self, opened: Open) -> None:
        cut = {"results": [{"statement_id": 0, "series": [], "partial": True}]}
        with answering(Reply(status=200, body=cut)) as url, pytest.raises(StoreRefused, match="max-row-limit"):
            opened(url).probes()

    def test_what_was_written_survives_the_servers_sudden_death(self, influxdb: Influxdb, opened: Open) -> None:
        """By kill -9; surviving a power cut rests on wal-fsync-delay, whose default of 0 syncs each write."""
        store = opened(influxdb.url)
        store.prepare()
        store.write(points(1000))
        influxdb.server.kill()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            store.probes()
        influxdb.server.start()
        assert store.points(MILK, 0, 2 * NOON) == points(1000)


class TestInfluxdb2:
    """The stand-in: not run against a real server."""

    def test_a_missing_bucket_is_created_where_an_organisation_is_named(self, opened: Open) -> None:
        with StandIn(Version.V2, Rules(token=TOKEN, org="milk")) as server:
            opened(server.url, token=Secret(TOKEN), org="milk").prepare()
            assert list(server.rules.tables) == ["coldchain"]

    def test_without_an_organisation_it_says_what_to_create(self, opened: Open) -> None:
        with StandIn(Version.V2, Rules(token=TOKEN)) as server:
            store = opened(server.url, token=Secret(TOKEN))
            with pytest.raises(StoreRefused, match=r"no \[store\] org is set.*influx bucket create -n coldchain"):
                store.prepare()
            with pytest.raises(StoreRefused, match=r"no dbrp mapping found.*influx v1 dbrp create"):
                store.write(points(1))

    @pytest.mark.parametrize("rules", [Rules(token=TOKEN, may_create=False), Rules(token=TOKEN, org="another")])
    def test_a_token_that_may_not_create_it_says_what_to_create(self, opened: Open, rules: Rules) -> None:
        with (
            StandIn(Version.V2, rules) as server,
            pytest.raises(StoreRefused, match=r"not ours to create.*influx bucket create -n coldchain"),
        ):
            opened(server.url, token=Secret(TOKEN), org="milk").prepare()

    def test_a_bucket_without_mapping_says_how_to_map_it(self, opened: Open) -> None:
        rules = Rules(token=TOKEN, org="milk", mapped=False, tables={"coldchain": Table()})
        with (
            StandIn(Version.V2, rules) as server,
            pytest.raises(StoreRefused, match="influx v1 dbrp create --db coldchain"),
        ):
            opened(server.url, token=Secret(TOKEN), org="milk").prepare()

    def test_a_wrong_token_is_named_as_such(self, opened: Open) -> None:
        with StandIn(Version.V2, Rules(token=TOKEN)) as server, pytest.raises(StoreRefused, match="secret is wrong"):
            opened(server.url, token=Secret("another")).prepare()

    def test_a_token_that_only_reads_is_told_which_right_to_get(self, opened: Open) -> None:
        rules = Rules(token=TOKEN, may_write=False, tables={"coldchain": Table()})
        with StandIn(Version.V2, rules) as server:
            store = opened(server.url, token=Secret(TOKEN))
            store.prepare()
            with pytest.raises(StoreRefused, match="insufficient permissions for write; grant this user or token"):
                store.write(points(1))

    def test_points_beyond_the_retention_stand_alone_and_the_rest_is_stored(self, opened: Open, now_ms: int) -> None:
        rules = Rules(token=TOKEN, retention_ms=24 * 60 * MINUTE, tables={"coldchain": Table()})
        with StandIn(Version.V2, rules) as server:
            store = opened(server.url, token=Secret(TOKEN))
            old, fresh = points(2, start_ms=NOON - 400 * 24 * 60 * MINUTE), points(9, start_ms=now_ms)
            refusals = store.write([*fresh[:4], *old, *fresh[4:]])
            assert [refusal.point for refusal in refusals] == old
            assert all("outside retention policy" in refusal.reason for refusal in refusals)
            assert store.points(MILK, now_ms, 2 * NOON) == fresh


class TestInfluxdb3:
    """The stand-in: not run against a real server."""

    def test_a_missing_database_is_created(self, opened: Open) -> None:
        with StandIn(Version.V3, Rules(token=TOKEN)) as server:
            opened(server.url, token=Secret(TOKEN)).prepare()
            assert list(server.rules.tables) == ["coldchain"]

    def test_a_token_that_may_not_create_it_says_what_to_create(self, opened: Open) -> None:
        with (
            StandIn(Version.V3, Rules(token=TOKEN, may_create=False)) as server,
            pytest.raises(StoreRefused, match="influxdb3 create database coldchain"),
        ):
            opened(server.url, token=Secret(TOKEN)).prepare()

    def test_a_wrong_token_is_named_as_such(self, opened: Open) -> None:
        with StandIn(Version.V3, Rules(token=TOKEN)) as server, pytest.raises(StoreRefused, match="secret is wrong"):
            opened(server.url, token=Secret("another")).prepare()

    def test_a_field_of_another_type_is_refused_with_the_servers_words(self, opened: Open) -> None:
        with StandIn(Version.V3, Rules(token=TOKEN)) as server:
            store = opened(server.url, token=Secret(TOKEN))
            store.prepare()
            lines = f'readings,probe=x,quantity=temperature value="warm" {NOON}'.encode()
            store._transport.post_lines("/write", {"db": "coldchain", "precision": "ms"}, lines)
            refusals = store.write(points(2))
            assert [refusal.point for refusal in refusals] == points(2)
            assert all("invalid column type for column 'value'" in refusal.reason for refusal in refusals)

    def test_a_span_of_too_many_files_says_which_limit_to_raise(self, opened: Open) -> None:
        words = "Query would scan 432 Parquet files, exceeding the file limit."
        with answering(Reply(status=500, body=words)) as url, pytest.raises(StoreRefused, match="--query-file-limit"):
            opened(url).latest([MILK])


class TestWhateverAnswers:
    """Servers that are away, ill, or no InfluxDB."""

    def test_no_server_can_be_tried_again_later(self, opened: Open) -> None:
        store = opened(f"http://127.0.0.1:{free_port()}")
        for act in (store.prepare, store.probes, lambda: store.write(points(1))):
            with pytest.raises(StoreUnavailable, match="does not answer") as trouble:
                act()
            assert "0x" not in str(trouble.value)

    def test_a_server_that_never_replies_can_be_tried_again_later_and_is_told_of_in_the_same_words(
        self, opened: Open
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            store = opened(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=100)
            said = set()
            for _ in range(3):
                with pytest.raises(StoreUnavailable, match="Read timed out") as trouble:
                    store.write(points(1))
                said.add(str(trouble.value))
        assert len(said) == 1

    def test_addresses_in_memory_are_not_part_of_what_is_said(self) -> None:
        error = OSError("<urllib3.connection.HTTPConnection object at 0x7f0966329dd0>: refused")
        assert spoken(error) == "refused"

    @pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
    def test_an_ill_or_busy_server_can_be_tried_again_later(self, opened: Open, status: int) -> None:
        with answering(Reply(status=status, body="<html>later</html>")) as url:
            store = opened(url)
            for act in (store.prepare, store.probes, lambda: store.write(points(3))):
                with pytest.raises(StoreUnavailable, match="later"):
                    act()

    def test_a_partial_write_wrapped_in_a_500_is_a_refusal_and_no_illness(self, opened: Open) -> None:
        words = {"code": "internal error", "message": "unexpected error: partial write: field type conflict dropped=1"}
        with answering(Reply(status=500, body=words)) as url:
            assert [refusal.point for refusal in opened(url).write(points(2))] == points(2)

    @pytest.mark.parametrize("status", [301, 405, 418])
    def test_a_status_we_do_not_know_is_for_a_person(self, opened: Open, status: int) -> None:
        with (
            answering(Reply(status=status, body="?")) as url,
            pytest.raises(StoreRefused, match=rf"status {status}.*proxy"),
        ):
            opened(url).write(points(1))

    def test_a_limit_of_the_server_is_for_a_person_and_no_fault_of_the_points(self, opened: Open) -> None:
        words = {"error": "partial write: max-series-per-database limit exceeded: (1000000) dropped=1"}
        with answering(Reply(status=400, body=words)) as url, pytest.raises(StoreRefused, match="raise this limit"):
            opened(url).write(points(2))

    def test_a_400_that_blames_no_point_quarantines_none(self, opened: Open) -> None:
        with (
            answering(Reply(status=400, body={"error": "database is required"})) as url,
            pytest.raises(StoreRefused, match="takes no point: database is required"),
        ):
            opened(url).write(points(4))

    @pytest.mark.parametrize(
        "page",
        ["<html>Log in to the hotel</html>", {"results": []}, {"databases": ["a"]}, [1], None, ""],
    )
    def test_a_page_of_something_else_is_not_taken_for_an_answer(self, opened: Open, page: object) -> None:
        with answering(Reply(status=200, body=page)) as url:
            store = opened(url)
            with pytest.raises(StoreRefused, match="not InfluxDB"):
                store.probes()
            with pytest.raises(StoreRefused, match="status 200"):
                store.write(points(1))

    def test_large_batches_travel_compressed_and_small_ones_do_not(self, opened: Open) -> None:
        with StandIn(Version.V3, Rules(token=TOKEN)) as server:
            store = opened(server.url, token=Secret(TOKEN), enable_gzip=True)
            store.write(points(1))
            store.write(points(1000))
            opened(server.url, token=Secret(TOKEN), enable_gzip=False).write(points(1000))
            assert [asked.headers.get("content-encoding") for asked in server.asked] == [None, "gzip", None]
            assert stored_totals(store).stored == 1000

    def test_what_never_leaves_the_machine_is_not_compressed_unless_told(self, opened: Open) -> None:
        with StandIn(Version.V3, Rules(token=TOKEN)) as server:
            opened(server.url, token=Secret(TOKEN)).write(points(1000))
            assert [asked.headers.get("content-encoding") for asked in server.asked] == [None]

    @pytest.mark.parametrize(
        ("url", "near"),
        [
            ("http://127.0.0.1:8086", True),
            ("http://localhost:8086", True),
            ("http://[::1]:8086", True),
            ("http://127.9.9.9", True),
            ("http://192.168.1.4:8086", False),
            ("https://influxdb.example.org", False),
            ("http://localhost.example.org", False),
        ],
    )
    def test_which_addresses_are_this_machine(self, url: str, near: bool) -> None:
        assert is_this_machine(url) is near

    def test_bearer_is_not_what_we_send_for_version_2_would_refuse_it(self, opened: Open) -> None:
        with StandIn(Version.V2, Rules(token=TOKEN, tables={"coldchain": Table()})) as server:
            opened(server.url, token=Secret(TOKEN)).write(points(1))
            request = urllib.request.Request(
                f"{server.url}/write?db=coldchain", b"m v=1", {"Authorization": f"Bearer {TOKEN}"}
            )
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(request, timeout=5)
