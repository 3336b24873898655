"""The sheet says in CSV what a pack says, and comes back the same, through a spreadsheet too."""

import io
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadSheet
from coldchain_contract.identifiers import DeviceId, SiteId, urn_of_kernel_name
from coldchain_contract.readings import Quality, Reading
from coldchain_contract.sheet import COLUMNS, SheetRow, WrongRow, is_sheet, read_sheet, write_sheet

PROBE = urn_of_kernel_name("28-0316a2795cff")
OUTBOX = UUID("0b9e1c52-4f0a-4a57-9a70-5a4e6f1b2c3d")
ROW = SheetRow(
    site=SiteId("menaka"),
    device=DeviceId("menaka-pi"),
    outbox=OUTBOX,
    sequence=41,
    reading=Reading(probe=PROBE, at_ms=1_793_000_000_812, value=4.0625),
    uncertainty_ms=2500,
)
WRITTEN = (
    "site,device,probe,time,celsius,quality,uncertainty_s,outbox,sequence\r\n"
    f"menaka,menaka-pi,{PROBE},2026-10-26T07:33:20.812Z,4.0625,ok,2.5,{OUTBOX},41\r\n"
)


def written(*rows: SheetRow) -> str:
    to = io.StringIO(newline="")
    write_sheet(rows, to)
    return to.getvalue()


def read(text: str) -> list[SheetRow | WrongRow]:
    return list(read_sheet(io.StringIO(text, newline="")))


readings = st.builds(
    lambda at_ms, value, fault: Reading(
        probe=PROBE, at_ms=at_ms, value=None if fault else value, quality=fault or Quality.OK
    ),
    st.integers(300_000_000_000, 4_000_000_000_000),
    st.floats(-55, 125),
    st.none() | st.sampled_from([quality for quality in Quality if quality is not Quality.OK]),
)
rows = st.builds(
    SheetRow,
    site=st.just(ROW.site),
    device=st.just(ROW.device),
    outbox=st.uuids(),
    sequence=st.integers(1, 2**53 - 1),
    reading=readings,
    uncertainty_ms=st.integers(0, 10**9),
)


def test_a_row_is_written_as_people_read_it() -> None:
    assert written(ROW) == WRITTEN


@given(st.lists(rows, max_size=5))
def test_what_is_written_is_read_back(known: list[SheetRow]) -> None:
    assert read(written(*known)) == known


def test_what_a_spreadsheet_makes_of_it_is_read_as_well() -> None:
    spread = "\ufeff" + WRITTEN.replace(",", ";").replace("4.0625", "4,0625").replace(";2.5;", ";2,5;")
    assert is_sheet(spread[:200])
    assert read(spread) == [ROW]


@pytest.mark.parametrize("first", ["", "time,celsius", "site,device"])
def test_other_columns_are_refused(first: str) -> None:
    assert not is_sheet(first)
    with pytest.raises(BadSheet, match=COLUMNS[0]):
        read(first)


@pytest.mark.parametrize(
    ("was", "wrong", "why"),
    [
        ("menaka-pi", "Menaka Pi", "not an identifier"),
        (PROBE, "28-0316a2795cff", "not a probe name"),
        ("2026-10-26T07:33:20.812Z", "26/10/2026 07:33", "isoformat"),
        ("2026-10-26T07:33:20.812Z", "2026-10-26T07:33:20", "no time zone"),
        ("4.0625", "cold", "could not convert"),
        ("4.0625", "", "has a value exactly when"),
        (",ok,", ",fine,", "fine"),
        (",41", ",0", "sequence 0"),
        (",41", "", "8 columns"),
        (str(OUTBOX), "outbox", "UUID"),
    ],
)
def test_a_wrong_row_is_named_by_its_line_and_the_others_are_read(was: str, wrong: str, why: str) -> None:
    lines = WRITTEN.splitlines(keepends=True)
    first, second = read(lines[0] + lines[1].replace(was, wrong) + lines[1])
    assert isinstance(first, WrongRow)
    assert first.line == 2
    assert why in first.why
    assert second == ROW
