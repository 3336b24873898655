"""The bundle: packs in one signed file, for a USB key. Written and read as a stream, whatever its size."""

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta

from coldchain_contract.errors import BadBundle, BadSignature
from coldchain_contract.messages import Count, Instant, OutboxName, SequencesText, Text
from coldchain_contract.pack import LARGEST_WIRE_BYTES

MAGIC = b"coldchain-bundle-1\n"
"""The first bytes of every bundle; the digit is its version."""
LARGEST_MANIFEST_BYTES = 1024 * 1024
UNSIGNED = b""
"""The key of a bundle that nobody signed; its codes show damage, and no origin."""

_LENGTH = struct.Struct(">I")
_NUMBER = struct.Struct(">Q")
_CODE_BYTES = hashlib.sha256().digest_size
_Identifier = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=32)]


class Carried(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bundle carries of one outbox, and which of its numbers are known to be lost for good."""

    outbox: OutboxName
    sequences: SequencesText
    lost: SequencesText = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bundle holds: whose readings, of which outboxes, from when to when, and how many in how many packs.

    `made_ms` is what the maker's clock said, `from_ms` and `until_ms` are the instants of the first and last reading.
    """

    site: _Identifier
    device: _Identifier
    software: Text
    made_ms: Instant
    from_ms: Instant
    until_ms: Instant
    outboxes: tuple[Carried, ...]
    readings: Count
    packs: Count
    signed: bool = True


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The `number`-th pack of a bundle, from 1, as on the wire; or `wrong` says why there is none, or none to trust."""

    number: int
    payload: bytes = b""
    wrong: str = ""


def encode_bundle(manifest: Manifest, packs: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """Yield a bundle piece by piece. Each piece after the first is a frame: length, payload, code.

    `key` is the device's, or `UNSIGNED` where the manifest says so. `BadBundle` where `packs` are not as many as the
    manifest says, or one is empty or over 16 KiB.
    """
    _check_key(manifest, key)
    head = msgspec.json.encode(manifest)
    if len(head) > LARGEST_MANIFEST_BYTES:
        raise BadBundle(f"a manifest of {len(head)} bytes is over {LARGEST_MANIFEST_BYTES}: export fewer readings")
    first = _code(key, MAGIC, 0, head)
    yield MAGIC
    yield _frame(head, first)
    count = 0
    for count, payload in enumerate(packs, start=1):
        if not 0 < len(payload) <= LARGEST_WIRE_BYTES:
            raise BadBundle(f"pack {count} has {len(payload)} bytes, not 1 to {LARGEST_WIRE_BYTES}")
        yield _frame(payload, _code(key, first, count, payload))
    if count != manifest.packs:
        raise BadBundle(f"{count} packs where the manifest says {manifest.packs}")
    yield _frame(b"", _code(key, first, count + 1, b""))


class Bundle:
    """A bundle being read: the manifest at once, the packs once the reader knows whose key it is to be signed with.

    Raises `BadBundle` where `stream` is not the beginning of a bundle. The stream is read forward only.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        if stream.read(len(MAGIC)) != MAGIC:
            raise BadBundle(f"not a bundle: it does not begin with {MAGIC.decode().strip()!r}")
        head = self._next(LARGEST_MANIFEST_BYTES)
        if isinstance(head, str):
            raise BadBundle(f"the manifest is {head}")
        self._head, self._first = head
        try:
            self.manifest = msgspec.json.decode(self._head, type=Manifest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadBundle(f"the manifest is damaged: {error}") from error

    def parts(self, key: bytes | None) -> Iterator[Part]:
        """Yield the packs in order. Each is checked by itself, so what is whole before and after damage is yielded.

        `BadSignature` before the first where the bundle was not signed with `key`; None checks no code at all, for
        whoever takes it in nevertheless. Where the bundle ends too early, the last part says so.
        """
        if key is not None:
            _check_key(self.manifest, key)
            if not hmac.compare_digest(self._first, _code(key, MAGIC, 0, self._head)):
                raise BadSignature(f"not signed with the key of {self.manifest.device}, or its beginning was altered")
        return self._parts(key)

    def _parts(self, key: bytes | None) -> Iterator[Part]:
        number = 1
        while not isinstance(found := self._next(LARGEST_WIRE_BYTES), str):
            payload, code = found
            genuine = key is None or hmac.compare_digest(code, _code(key, self._first, number, payload))
            if not payload and genuine:
                if number != self.manifest.packs + 1:
                    yield Part(number=number, wrong=f"the end, though the manifest says {self.manifest.packs} packs")
                return
            yield Part(number=number, payload=payload) if genuine else Part(number=number, wrong="damaged or altered")
            number += 1
        yield Part(number=number, wrong=f"{found}: packs {number} to {self.manifest.packs} are not in this file")

    def _next(self, largest: int) -> tuple[bytes, bytes] | str:
        """Return the payload and the code of the next frame, or what is wrong with it."""
        length_bytes = self._stream.read(_LENGTH.size)
        if len(length_bytes) < _LENGTH.size:
            return "cut short"
        (length,) = _LENGTH.unpack(length_bytes)
        if length > largest:
            return "damaged"
        payload, code = self._stream.read(length), self._stream.read(_CODE_BYTES)
        return (payload, code) if len(payload) == length and len(code) == _CODE_BYTES else "cut short"


def _check_key(manifest: Manifest, key: bytes) -> None:
    if manifest.signed is (key == UNSIGNED):
        raise BadSignature(f"the bundle of {manifest.device} is {'' if manifest.signed else 'not '}said to be signed")


def _frame(payload: bytes, code: bytes) -> bytes:
    return _LENGTH.pack(len(payload)) + payload + code


def _code(key: bytes, context: bytes, number: int, payload: bytes) -> bytes:
    """Return HMAC-SHA-256 (RFC 2104) over what a frame is bound to, its number, and its payload."""
    return hmac.digest(key, context + _NUMBER.pack(number) + payload, "sha256")
