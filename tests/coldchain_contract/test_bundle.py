"""A bundle gives back what went in, every pack checked by itself, whatever happened to the file on its way."""

import io
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.bundle import MAGIC, UNSIGNED, Bundle, Carried, Manifest, Part, encode_bundle
from coldchain_contract.errors import BadBundle, BadSignature

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
OUTBOX = "0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d"
PACKS = (b"[first pack]", b"[second, longer pack]", b"[third]")
_PACKS = st.lists(st.binary(min_size=1, max_size=300), max_size=6)


def manifest_of(packs: Sequence[bytes], *, signed: bool = True) -> Manifest:
    return Manifest(
        site="menaka",
        device="menaka-pi",
        software="coldchain 0.1.0",
        made_ms=1_793_000_100_000,
        from_ms=1_793_000_000_000,
        until_ms=1_793_000_060_000,
        outboxes=(Carried(outbox=OUTBOX, sequences="1-40,43", lost="41-42"),),
        readings=41,
        packs=len(packs),
        signed=signed,
    )


def bundled(packs: Sequence[bytes] = PACKS, *, key: bytes = KEY) -> bytes:
    return b"".join(encode_bundle(manifest_of(packs, signed=key != UNSIGNED), packs, key))


def parts_of(content: bytes, key: bytes | None = KEY) -> list[Part]:
    return list(Bundle(io.BytesIO(content)).parts(key))


def whole(parts: Sequence[Part]) -> list[bytes]:
    return [part.payload for part in parts if not part.wrong]


@given(_PACKS)
def test_what_went_in_comes_out(packs: list[bytes]) -> None:
    content = bundled(packs)
    assert Bundle(io.BytesIO(content)).manifest == manifest_of(packs)
    assert parts_of(content) == [Part(number=n, payload=payload) for n, payload in enumerate(packs, start=1)]


def test_a_bundle_is_written_in_pieces_no_larger_than_a_pack() -> None:
    pieces = list(encode_bundle(manifest_of(PACKS), PACKS, KEY))
    assert pieces[0] == MAGIC
    assert len(pieces) == 1 + 1 + len(PACKS) + 1
    assert [len(piece) for piece in pieces[2:]] == [4 + len(payload) + 32 for payload in (*PACKS, b"")]


def test_another_key_is_refused_before_the_first_pack() -> None:
    with pytest.raises(BadSignature, match="not signed with the key of menaka-pi"):
        Bundle(io.BytesIO(bundled())).parts(OTHER_KEY)


def test_a_manifest_that_was_altered_is_refused_though_its_length_is_the_same() -> None:
    with pytest.raises(BadSignature):
        Bundle(io.BytesIO(bundled().replace(b'"menaka-pi"', b'"niamey-pi"'))).parts(KEY)


def test_an_unsigned_bundle_is_taken_only_by_who_asks_for_that() -> None:
    content = bundled(key=UNSIGNED)
    with pytest.raises(BadSignature, match="not said to be signed"):
        Bundle(io.BytesIO(content)).parts(KEY)
    with pytest.raises(BadSignature, match="said to be signed"):
        Bundle(io.BytesIO(bundled())).parts(UNSIGNED)
    assert whole(parts_of(content, UNSIGNED)) == list(PACKS)
    assert whole(parts_of(content, None)) == list(PACKS)
    assert whole(parts_of(bundled(), None)) == list(PACKS)


def test_one_altered_pack_is_named_and_the_others_come_out() -> None:
    parts = parts_of(bundled().replace(b"second", b"Second"))
    assert [part.wrong for part in parts] == ["", "damaged or altered", ""]
    assert whole(parts) == [PACKS[0], PACKS[2]]


def test_packs_that_changed_places_or_were_left_out_are_not_trusted() -> None:
    magic, head, first, second, third, end = encode_bundle(manifest_of(PACKS), PACKS, KEY)
    assert whole(parts_of(magic + head + second + first + third + end)) == [PACKS[2]]
    assert whole(parts_of(magic + head + first + third + end)) == [PACKS[0]]
    assert [part.wrong for part in parts_of(magic + head + first + second + end)][2:] != []


def test_a_pack_of_another_bundle_is_not_trusted_in_this_one() -> None:
    others = [b"[foreign]", *PACKS[1:]]
    theirs = list(encode_bundle(msgspec.structs.replace(manifest_of(others), made_ms=1), others, KEY))
    magic, head, _, *rest = encode_bundle(manifest_of(PACKS), PACKS, KEY)
    assert whole(parts_of(b"".join((magic, head, theirs[2], *rest)))) == list(PACKS[1:])


@given(st.data())
def test_a_bundle_cut_anywhere_gives_what_is_whole_and_says_what_is_not(data: st.DataObject) -> None:
    pieces = list(encode_bundle(manifest_of(PACKS), PACKS, KEY))
    content, head_bytes = b"".join(pieces), len(pieces[0] + pieces[1])
    cut = data.draw(st.integers(0, len(content) - 1))
    if cut < head_bytes:
        with pytest.raises(BadBundle):
            Bundle(io.BytesIO(content[:cut]))
        return
    parts = parts_of(content[:cut])
    assert parts[-1].wrong.startswith("cut short")
    intact = [n for n in range(len(PACKS)) if cut >= len(b"".join(pieces[: n + 3]))]
    assert whole(parts) == [PACKS[n] for n in intact]


@given(st.data())
def test_any_altered_byte_is_noticed_and_invents_nothing(data: st.DataObject) -> None:
    content = bytearray(bundled())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    try:
        parts = parts_of(bytes(content))
    except BadBundle:
        return
    assert any(part.wrong for part in parts)
    assert set(whole(parts)) <= set(PACKS)


@given(st.binary(max_size=400))
def test_whatever_follows_the_first_bytes_only_the_contracts_errors_are_raised(rest: bytes) -> None:
    with pytest.raises(BadBundle):
        list(Bundle(io.BytesIO(MAGIC + rest)).parts(KEY))


@pytest.mark.parametrize(
    ("packs", "said", "why"),
    [
        (PACKS[:2], 3, "2 packs where the manifest says 3"),
        ((b"",), 1, "pack 1 has 0 bytes"),
        ((b"x" * 20_000,), 1, "pack 1 has 20000 bytes"),
    ],
)
def test_a_bundle_that_does_not_hold_what_it_says_is_not_written(packs: Sequence[bytes], said: int, why: str) -> None:
    manifest = msgspec.structs.replace(manifest_of(packs), packs=said)
    with pytest.raises(BadBundle, match=why):
        list(encode_bundle(manifest, packs, KEY))


def test_what_a_later_version_adds_to_the_manifest_passes() -> None:
    head = msgspec.json.encode(manifest_of(()))
    with_more = head[:-1] + b',"later":1}'
    content = MAGIC + len(with_more).to_bytes(4, "big") + with_more + bytes(32)
    assert Bundle(io.BytesIO(content)).manifest == manifest_of(())
