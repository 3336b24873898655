"""SenML after RFC 8428: the RFC's own examples, and each rule broken once."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coldchain_contract import senml
from coldchain_contract.errors import BadJson, BadRecord, BadSenml, UnsupportedSenml

NOW_S = 1_793_000_000.0
EXAMPLES = [f"ex{number}" for number in range(1, 14)]
RESOLVED = [name for name in EXAMPLES if name != "ex13"]


def resolved(text: str, *, now_s: float = NOW_S) -> list[dict[str, object]]:
    return json.loads(senml.encode(senml.resolve(senml.parse(text.encode()), now_s=now_s)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("form", ["json", "gen.json"])
@pytest.mark.parametrize("name", RESOLVED)
def test_the_examples_of_the_rfc_resolve_as_published(real_data: Path, name: str, form: str) -> None:
    published = json.loads((real_data / "senml" / f"{name}.gen.resolved.json").read_text())
    # The program that resolved them took the time of its run for a time that is relative.
    found = resolved((real_data / "senml" / f"{name}.{form}").read_text(), now_s=published[0]["t"])
    # It also drops data values, which the RFC keeps.
    assert [record for record in found if "vd" not in record] == published


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_rfc_are_read_as_they_are_written(real_data: Path, name: str) -> None:
    for form in ("json", "gen.json"):
        text = (real_data / "senml" / f"{name}.{form}").read_bytes()
        records = senml.parse(text)
        assert senml.parse(senml.encode(records)) == records
        assert json.loads(senml.encode(records)) == json.loads(text)


@pytest.mark.parametrize("name", RESOLVED)
def test_what_is_resolved_stays_as_it_is(real_data: Path, name: str) -> None:
    text = (real_data / "senml" / f"{name}.gen.resolved.json").read_text()
    assert resolved(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("[", BadJson, "not JSON"),
        ("[{}] x", BadJson, "not JSON"),
        ('[{"n":"a","v":NaN}]', BadJson, "NaN"),
        ('[{"n":"a","v":-Infinity}]', BadJson, "-Infinity"),
        ('[{"n":"a","v":1,"v":1}]', BadJson, "'v' appears twice"),
        ('[{"n":"a","v":1,"x":{"y":1,"y":2}}]', BadJson, "'y' appears twice"),
        ("[" * 100_000, BadJson, "too deeply"),
        (f'[{{"n":"a","v":{"9" * 5000}}}]', BadJson, "not JSON"),
        ("{}", BadRecord, "array"),
        ("[]", BadRecord, "at least one"),
        ("[1]", BadRecord, "record 1 is not a JSON object"),
        ('[{"n":"a","v":1},[]]', BadRecord, "record 2"),
        ('[{"n":"a","v":"4"}]', BadRecord, "record 1: v must be a number, not '4'"),
        ('[{"n":"a","v":true}]', BadRecord, "v must be a number"),
        ('[{"n":"a","v":null}]', BadRecord, "v must be a number"),
        ('[{"n":"a","v":1e999}]', BadRecord, "beyond what a double"),
        (f'[{{"n":"a","v":{"9" * 400}}}]', BadRecord, "beyond what a double"),
        ('[{"n":1,"v":1}]', BadRecord, "n must be a text"),
        ('[{"n":"a","vs":"\\ud800"}]', BadRecord, "surrogate"),
        ('[{"n":"a","vb":1}]', BadRecord, "vb must be true or false"),
        ('[{"n":"a","vd":"aGkgCg=="}]', BadRecord, "base64url"),
        ('[{"n":"a","vd":"aGkgC"}]', BadRecord, "base64url"),
        ('[{"n":"a","v":1,"t":"now"}]', BadRecord, "t must be a number"),
        ('[{"n":"a","v":1,"vs":"x"}]', BadRecord, "more than one of v, vs, vb, vd"),
        ('[{"n":"a"}]', BadRecord, "neither a value"),
        ('[{"v":1}]', BadRecord, "name ''"),
        ('[{"n":"-a","v":1}]', BadRecord, "name '-a'"),
        ('[{"n":"a b","v":1}]', BadRecord, "name 'a b'"),
        ('[{"n":"a\\n","v":1}]', BadRecord, "name"),
        ('[{"n":"é","v":1}]', BadRecord, "name 'é'"),
        ('[{"bn":"x#","n":"a","v":1}]', BadRecord, "name 'x#a'"),
        ('[{"bv":1e308,"n":"a","v":1e308}]', BadRecord, "beyond what a double"),
        ('[{"bver":0,"n":"a","v":1}]', BadRecord, "bver"),
        ('[{"bver":1.5,"n":"a","v":1}]', BadRecord, "bver"),
        ('[{"bver":11,"n":"a","v":1}]', UnsupportedSenml, "version 11 is over 10"),
        ('[{"bver":9,"n":"a","v":1},{"bver":8,"n":"a","v":1}]', UnsupportedSenml, "record 2: version 8"),
        ('[{"n":"a","v":1,"strange_":1}]', UnsupportedSenml, "'strange_' must be understood"),
        ('[{"bstrange_":1},{"n":"a","v":1}]', UnsupportedSenml, "'bstrange_'"),
    ],
)
def test_each_rule_that_is_broken_is_named(text: str, error: type[BadSenml], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        resolved(text)
    assert type(caught.value) is error


def test_text_must_be_utf8() -> None:
    for text in (b'[{"n":"\xff"}]', '[{"n":"a","v":1}]'.encode("utf-16")):
        with pytest.raises(BadJson, match="UTF-8"):
            senml.parse(text)


def test_base_fields_hold_until_they_are_set_again() -> None:
    found = resolved(
        '[{"bn":"a/","bt":1793000000,"bu":"Cel","bv":10,"bs":100,"n":"x","v":1,"s":1},'
        '{"n":"y","t":-5},{"bn":"b/","n":"z","vs":"open","u":"/","ut":60}]'
    )
    assert found == [
        {"n": "a/x", "u": "Cel", "v": 11, "s": 101, "t": 1793000000},
        {"n": "a/y", "u": "Cel", "v": 10, "s": 100, "t": 1792999995},
        {"n": "b/z", "u": "/", "vs": "open", "s": 100, "t": 1793000000, "ut": 60},
    ]


def test_fields_nobody_defined_are_kept_except_those_that_would_be_base_fields() -> None:
    assert resolved('[{"n":"a","v":1,"t":1793000000,"place":"milk","bplace":"site"}]') == [
        {"n": "a", "v": 1, "t": 1793000000, "place": "milk"}
    ]


def test_a_sum_needs_no_value() -> None:
    assert resolved('[{"n":"meter","s":12,"t":1793000000}]') == [{"n": "meter", "s": 12, "t": 1793000000}]


@given(st.integers(-(2**40), 2**40))
@example(2**28)
@example(2**28 - 1)
def test_a_time_below_two_to_the_28_is_relative_to_now(time: int) -> None:
    (record,) = senml.resolve(senml.parse(b'[{"n":"a","v":1,"t":%d}]' % time), now_s=NOW_S)
    assert record.time == (time if time >= 2**28 else NOW_S + time)


@given(st.binary())
def test_whatever_the_bytes_only_named_errors_are_raised(payload: bytes) -> None:
    with pytest.raises(BadSenml):
        senml.parse(payload)
