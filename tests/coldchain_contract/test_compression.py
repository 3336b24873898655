"""Compression is recognised by its first bytes, and expansion has a bound."""

import bz2
import gzip
import lzma
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.compression import compress, expand
from coldchain_contract.errors import BadCompression


@given(st.binary(max_size=2000).map(lambda inner: b"[" + inner))
def test_what_was_compressed_is_expanded_whole(plain: bytes) -> None:
    assert expand(compress(plain), limit=len(plain)) == plain
    assert len(compress(plain)) <= len(plain)


def test_what_would_grow_stays_as_it_is() -> None:
    assert compress(b"[1]") == b"[1]"


@pytest.mark.parametrize("size", [1001, 50_000_000])
def test_no_more_than_the_limit_is_ever_expanded(size: int) -> None:
    assert len(expand(zlib.compress(bytes(1000)), limit=1000)) == 1000
    with pytest.raises(BadCompression, match="more than 1000"):
        expand(zlib.compress(bytes(size)), limit=1000)


def test_a_bomb_costs_no_more_memory_than_the_limit() -> None:
    bomb = zlib.compress(bytes(20_000_000))
    tracemalloc.start()
    with pytest.raises(BadCompression):
        expand(bomb, limit=100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (zlib.compress(b"[1,2,3]")[:-1], "cut short"),
        (zlib.compress(b"[1,2,3]") + b"!", "1 bytes follow"),
        (b"\x78\x9cnonsense", "damaged"),
        (b"\x78", "cut short"),
        (zlib.compress(b"[1,2,3]")[:-4] + b"\0\0\0\0", "damaged"),
        (gzip.compress(b"[]", mtime=0), "gzip"),
        (bz2.compress(b"[]"), "bzip2"),
        (lzma.compress(b"[]"), "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"[" * 1001, "over 1000"),
    ],
)
def test_what_cannot_be_expanded_says_why(payload: bytes, says: str) -> None:
    with pytest.raises(BadCompression, match=says):
        expand(payload, limit=1000)


def test_a_preset_dictionary_is_refused() -> None:
    compressor = zlib.compressobj(zdict=b"urn:dev:ow:")
    with pytest.raises(BadCompression, match="damaged"):
        expand(compressor.compress(b"[urn:dev:ow:]") + compressor.flush(), limit=1000)
