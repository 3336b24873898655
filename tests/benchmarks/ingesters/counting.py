"""How many readings InfluxDB holds, asked of it directly: the same question whoever wrote them."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

_COUNT = "SELECT count(sequence) FROM readings"
_ANSWER_S = 10


def create(influxdb_port: int, database: str) -> None:
    """Create a database, for those who expect one to be there."""
    _asked(influxdb_port, {"q": f'CREATE DATABASE "{database}"'}, method="POST")


def stored(influxdb_port: int, database: str) -> int:
    """Return how many points there are; 0 where there is no database, or no answer, yet."""
    try:
        answer = _asked(influxdb_port, {"db": database, "q": _COUNT}, method="GET")
    except (urllib.error.URLError, OSError):
        return 0
    series = answer["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0


def _asked(port: int, parameters: dict[str, str], *, method: str) -> Any:
    query = urllib.parse.urlencode(parameters)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/query?{query}", method=method)
    with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:
        return json.load(answer)
