"""Bundles from a USB key: whose they are, who vouches for them, and what of a damaged one is taken in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from coldchain_contract.bundle import UNSIGNED, Carried, Manifest, encode_bundle
from coldchain_contract.pack import encode_pack
from coldchain_contract.sequences import Sequences
from coldchain_contract.settings import Secret
from coldchain_server.asking.gaps import WhyLost
from coldchain_server.asking.losses import Loss
from coldchain_server.errors import BadEntry
from coldchain_server.importing.format import ImportContext
from coldchain_server.importing.importing import Summary, import_file
from coldchain_server.ingest.reception import Enrolled, Known
from coldchain_server.spool.model import Reason
from coldchain_server.spool.settings import Quota
from coldchain_server.spool.spool import Spool
from invented.small_fleet import ENROLLED_MS, INEKAR, NOW_MS, OUTBOX, PI, fleet, pack, reading

KEY = bytes(range(32))
PACKS = tuple(encode_pack(pack(*(reading(NOW_MS + n) for n in range(10)), first=1 + 10 * n)) for n in range(12))
CONTEXT = ImportContext(
    known=Known.of(fleet(), {PI: Enrolled(site=INEKAR, since_ms=ENROLLED_MS)}),
    now_ms=NOW_MS,
    keys={PI: Secret(KEY.hex())},
    file="menaka.ccb",
)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    yield opened
    opened.close()


def manifest(packs: Sequence[bytes], **others: object) -> Manifest:
    known = Manifest(
        site=INEKAR,
        device=PI,
        software="coldchain 0.1.0",
        made_ms=NOW_MS,
        from_ms=NOW_MS,
        until_ms=NOW_MS + 10,
        outboxes=(Carried(outbox=str(OUTBOX), sequences="1-120"),),
        readings=120,
        packs=len(packs),
    )
    return replace(known, **others)


def bundled(packs: Sequence[bytes] = PACKS, *, key: bytes = KEY, **others: object) -> bytes:
    return b"".join(encode_bundle(manifest(packs, signed=key != UNSIGNED, **others), packs, key))


def imported(tmp_path: Path, spool: Spool, content: bytes, context: ImportContext = CONTEXT) -> Summary:
    file = tmp_path / "menaka.ccb"
    file.write_bytes(content)
    return import_file(file, context, spool=spool)


def test_a_signed_bundle_is_taken_in_once_however_often(tmp_path: Path, spool: Spool) -> None:
    assert imported(tmp_path, spool, bundled()) == Summary(format="bundle of a device", new=120)
    assert imported(tmp_path, spool, bundled()) == Summary(format="bundle of a device", known=120)
    assert spool.received(OUTBOX) == Sequences.span(1, 120)
    assert {row.live for row in spool.after(0, 99)} == {False}


def test_a_bundle_signed_with_another_key_is_refused_whole(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(BadEntry, match=r"not signed with the key of inekar-pi.*enrolled anew.*--unsigned"):
        imported(tmp_path, spool, bundled(key=bytes(32)))
    assert spool.received(OUTBOX) == Sequences()


def test_an_unsigned_bundle_needs_a_person_who_says_so(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(BadEntry, match="is not signed, so anybody may have written it"):
        imported(tmp_path, spool, bundled(key=UNSIGNED))
    assert imported(tmp_path, spool, bundled(key=UNSIGNED), replace(CONTEXT, unsigned=True)).new == 120


def test_a_person_may_vouch_for_a_bundle_signed_with_an_old_key(tmp_path: Path, spool: Spool) -> None:
    assert imported(tmp_path, spool, bundled(key=bytes(32)), replace(CONTEXT, unsigned=True)).new == 120


def test_a_bundle_of_a_device_nobody_enrolled_is_refused_with_the_remedy(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(
        BadEntry, match="device strange-pi, which is not enrolled here; `coldchain-server enrol strange"
    ):
        imported(tmp_path, spool, bundled(device="strange-pi"), replace(CONTEXT, unsigned=True))


def test_a_file_that_only_begins_like_a_bundle_is_refused(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(BadEntry, match="the manifest is"):
        imported(tmp_path, spool, bundled()[:40])


def test_a_damaged_pack_is_named_and_the_others_are_taken_in(tmp_path: Path, spool: Spool) -> None:
    content = bytearray(bundled())
    content[content.index(PACKS[4]) + 20] ^= 1
    summary = imported(tmp_path, spool, bytes(content))
    assert (summary.new, summary.refused) == (110, {Reason.BUNDLE: 1})
    assert spool.entries()[0].item.detail == "menaka.ccb: pack 5 is damaged or altered"
    assert spool.received(OUTBOX) == Sequences.parse("1-40,51-120")


def test_a_pack_that_is_signed_and_no_pack_is_set_aside(tmp_path: Path, spool: Spool) -> None:
    summary = imported(tmp_path, spool, bundled((*PACKS, b"[{")))
    assert (summary.new, summary.refused) == (120, {Reason.SENML: 1})


def test_what_the_device_says_is_lost_is_named(tmp_path: Path, spool: Spool) -> None:
    file, named = tmp_path / "menaka.ccb", list[Loss]()
    carried = (Carried(outbox=str(OUTBOX), sequences="1-120", lost="121-130"),)
    file.write_bytes(bundled(outboxes=carried))
    assert import_file(file, CONTEXT, spool=spool, name_loss=named.append).lost == 10
    assert named == [Loss(site=INEKAR, device=PI, outbox=OUTBOX, sequences=Sequences.span(121, 130), why=WhyLost.GONE)]
    named.clear()
    import_file(file, replace(CONTEXT, unsigned=True), spool=spool, name_loss=named.append)
    assert named == []


@settings(max_examples=30)
@given(st.data())
def test_a_bundle_cut_anywhere_gives_what_is_whole_and_invents_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    content = bundled()
    cut = data.draw(st.integers(content.index(PACKS[0]), len(content) - 1))
    spool = Spool(folder / "spool.sqlite", quota=Quota(entries=100, bytes=10_000_000))
    summary = imported(folder, spool, content[:cut])
    whole = sum(content.index(one) + len(one) + 32 <= cut for one in PACKS)
    assert (summary.new, summary.refused) == (10 * whole, {Reason.BUNDLE: 1})
    assert spool.received(OUTBOX) == Sequences.span(1, 10 * whole)
    spool.close()
