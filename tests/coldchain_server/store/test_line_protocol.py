"""Our lines say what the reference encoder says, and a strict reader reads them back."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import ProbeUrn
from coldchain_contract.readings import Quality, Reading
from coldchain_server.store.influxdb.line_protocol import fields, lines, series
from coldchain_server.store.protocol import Point
from stand_ins.line_protocol import Field, read_lines

MILK = ProbeUrn("urn:dev:ow:28ff5c79a21603da")
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), min_size=1).filter(
    lambda name: name.isprintable() and not name.endswith("\\") and not name.startswith("#")
)


@pytest.fixture(scope="module")
def vectors(real_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((real_data / "line-protocol" / "corpus.json").read_text())["encode"]
    return found


def test_every_encode_vector_of_the_kinds_we_write_is_written_as_the_reference_does(vectors: dict[str, Any]) -> None:
    """Of 115 vectors 20 hold a boolean, a kind we never write. Floats may be spelt otherwise: they are read first."""
    ours = {key: vector for key, vector in vectors.items() if _kinds(vector) <= {"float", "int", "string"}}
    assert (len(vectors), len(ours)) == (115, 95)
    for vector in ours.values():
        if "error" in vector["output"]:
            with pytest.raises(ValueError, match="cannot be a name"):
                _encoded(vector)
        else:
            (found,), (expected,) = (
                list(read_lines(text.encode())) for text in (_encoded(vector), vector["output"]["result"])
            )
            assert found == expected
            if "float" not in _kinds(vector):
                assert _encoded(vector) == vector["output"]["result"]


def test_a_point_is_written_with_all_its_fields() -> None:
    point = Point(
        reading=Reading(probe=MILK, at_ms=1_793_016_000_001, value=4), sequence=7, uncertainty_ms=3, outbox=UUID(int=1)
    )
    assert lines([point]).decode() == (
        'readings,probe=urn:dev:ow:28ff5c79a21603da,quantity=temperature quality="ok",sequence=7i,uncertainty_ms=3i,'
        'outbox="00000000-0000-0000-0000-000000000001",value=4.0 1793016000001'
    )


def test_a_fault_is_written_without_a_value_and_a_missing_outbox_as_an_empty_one() -> None:
    point = Point(reading=Reading(probe=MILK, at_ms=-5, value=None, quality=Quality.CRC), sequence=8)
    assert lines([point]).decode() == (
        'readings,probe=urn:dev:ow:28ff5c79a21603da,quantity=temperature quality="crc",sequence=8i,uncertainty_ms=0i,'
        'outbox="" -5'
    )


@given(
    measurement=NAMES,
    tags=st.dictionaries(NAMES, NAMES, max_size=4),
    texts=st.dictionaries(NAMES, st.text(), min_size=1),
)
def test_whatever_is_written_is_read_back(measurement: str, tags: dict[str, str], texts: dict[str, str]) -> None:
    text = f"{series(measurement, tags)} {fields(texts)} 5"
    (line,) = read_lines(text.encode())
    assert line.measurement == measurement
    assert dict(line.tags) == tags
    assert line.fields == tuple(Field(key, "string", value) for key, value in texts.items())
    assert line.at_ns == 5


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1))
def test_numbers_are_read_back_exactly_and_keep_their_kind(number: float, whole: int) -> None:
    (line,) = read_lines(f"m {fields({'number': number, 'whole': whole})}".encode())
    assert line.fields == (Field("number", "float", number), Field("whole", "int", whole))


@pytest.mark.parametrize("name", ["", "a\n", "a\tb", "ends\\", "\x7f"])
def test_a_name_that_would_break_the_line_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a name"):
        series("readings", {"probe": name})
    with pytest.raises(ValueError, match="cannot be a name"):
        fields({name: 1.0})


def _kinds(vector: dict[str, Any]) -> set[str]:
    return {kind for field in vector["input"]["point"]["fields"] for kind in field["value"]}


def _encoded(vector: dict[str, Any]) -> str:
    point = vector["input"]["point"]
    tags = {tag["key"]: tag["value"] for tag in point["tags"]}
    values = {field["key"]: _value(field["value"]) for field in point["fields"]}
    return f"{series(point['name'], tags)} {fields(values)} {point['time']}"


def _value(value: dict[str, Any]) -> float | int | str:
    ((kind, found),) = value.items()
    return float(found) if kind == "float" else found
