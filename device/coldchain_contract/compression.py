"""Compression of packs: zlib where that is smaller, recognised by the first bytes, expanded within bounds."""

import zlib

from coldchain_contract.errors import BadCompression

_ZLIB = b"\x78"  # deflate with a 32 KiB window, the first byte of what `compress` writes
_OTHERS = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
_BEST = 9


def compress(plain: bytes) -> bytes:
    """Return `plain` in zlib form (RFC 1950) where that is shorter, else as it is."""
    packed = zlib.compress(plain, _BEST)
    return packed if len(packed) < len(plain) else plain


def expand(payload: bytes, *, limit: int) -> bytes:
    """Return what `compress` was given.

    `BadCompression` where the payload is damaged, cut short, followed by something, compressed in another way, or
    would be longer than `limit`; no more than `limit` + 1 bytes are ever produced.
    """
    if not payload.startswith(_ZLIB):
        return _plain(payload, limit)
    expander = zlib.decompressobj()
    try:
        plain = expander.decompress(payload, limit + 1)
    except zlib.error as error:
        raise BadCompression(f"damaged zlib data: {error}") from error
    if len(plain) > limit:
        raise BadCompression(f"{len(payload)} compressed bytes expand to more than {limit}")
    if not expander.eof:
        raise BadCompression(f"zlib data is cut short after {len(payload)} bytes")
    if expander.unused_data:
        raise BadCompression(f"{len(expander.unused_data)} bytes follow the end of the zlib data")
    return plain


def _plain(payload: bytes, limit: int) -> bytes:
    if payload.startswith(b"[") and len(payload) <= limit:
        return payload
    for signature, name in _OTHERS.items():
        if payload.startswith(signature):
            raise BadCompression(f"compressed with {name}; packs are compressed with zlib or not at all")
    if len(payload) > limit:
        raise BadCompression(f"{len(payload)} bytes are over {limit}")
    return payload
