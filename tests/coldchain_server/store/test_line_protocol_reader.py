"""The reader our stand-ins take lines with agrees with the reference decoder on every vector of its corpus."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from stand_ins.line_protocol import NANOSECONDS, BadLine, read_lines


@pytest.fixture(scope="module")
def corpus(real_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((real_data / "line-protocol" / "corpus.json").read_text())
    return found


def test_every_decode_vector_is_read_or_refused_as_the_reference_does(corpus: dict[str, Any]) -> None:
    vectors = corpus["decode"]
    assert len(vectors) == 6615
    wrong = {key: difference for key, vector in vectors.items() if (difference := _difference(vector))}
    assert wrong == {}


def _difference(vector: dict[str, Any]) -> str:
    given, expected = vector["input"], vector["output"]
    unit_ns = NANOSECONDS[given["precision"]]
    try:
        found = [
            {
                "time": given["defaultTime"] // unit_ns * unit_ns if line.at_ns is None else line.at_ns,
                "name": line.measurement,
                "tags": [{"key": key, "value": value} for key, value in line.tags],
                "fields": [{"key": field.key, "value": {field.kind: field.value}} for field in line.fields],
            }
            for line in read_lines(_bytes(given["text"]), unit_ns=unit_ns)
        ]
    except BadLine as error:
        return "" if "error" in expected else f"{given['text']!r}: {error}"
    return "" if found == expected.get("result") else f"{given['text']!r}: {found} and not {expected}"


def _bytes(text: str | dict[str, str]) -> bytes:
    return text.encode() if isinstance(text, str) else base64.b64decode(text["binary"])
