"""Calls to InfluxDB through influxdb-client's own transport: pooled, timed, authenticated, compressed."""

import gzip
import ipaddress
import json
import re
from collections.abc import Mapping

import msgspec
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from coldchain_server.errors import StoreRefused, StoreUnavailable
from coldchain_server.store.settings import StoreSettings

_WORTH_COMPRESSING_BYTES = 16 * 1024
_VARYING = re.compile(r"<[^<>]* object at 0x[0-9a-f]+>: | \((?:read|connect) timeout=[0-9.]+\)")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said, whatever its status. `data` is the decoded JSON, or the text where it is none."""

    status: int
    data: object = None
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The server's own words, however its generation wraps them."""
        return _words(self.data) or f"HTTP status {self.status}"


class Transport:
    """One server. Any thread may call; raises `StoreUnavailable` where no answer came, `StoreRefused` where TLS failed.

    Authentication is Basic `username:token`: the one form that 1.x (user and password), 2.x and 3.x (any name and the
    API token) all take on /write and /query.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._url, wish = settings.url.rstrip("/"), settings.enable_gzip
        self._compress = not is_this_machine(self._url) if wish is None else wish
        secret = settings.token.reveal() if settings.token else ""
        self._client = InfluxDBClient(
            url=self._url,
            token=f"{settings.username}:{secret}" if secret else "",
            org="-",
            auth_basic=bool(secret),
            timeout=settings.timeout,
            verify_ssl=settings.verify_ssl,
            ssl_ca_cert=settings.ssl_ca_cert or None,
        )

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        return self._call(path, "GET", query=query, headers={"Accept": "application/json"})

    def post_lines(self, path: str, query: Mapping[str, str], lines: bytes) -> Answer:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        # influxdb-client's own enable_gzip compresses what goes to /api/v2/write only.
        if self._compress and len(lines) >= _WORTH_COMPRESSING_BYTES:
            lines, headers["Content-Encoding"] = gzip.compress(lines, 1), "gzip"
        return self._call(path, "POST", query=query, headers=headers, body=lines)

    def post_json(self, path: str, body: Mapping[str, str]) -> Answer:
        return self._call(path, "POST", query={}, headers={"Content-Type": "application/json"}, body=body)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def _call(
        self, path: str, method: str, *, query: Mapping[str, str], headers: Mapping[str, str], body: object = None
    ) -> Answer:
        try:
            data, status, answered = self._client.api_client.call_api(  # type: ignore[no-untyped-call]
                path,
                method,
                query_params=list(query.items()),
                header_params=dict(headers),
                body=body,
                response_type=object,
                auth_settings=[],
            )
        except ApiException as error:
            if not error.status:
                raise StoreRefused(f"InfluxDB at {self._url}: {error.reason}; see [store] ssl_ca_cert") from error
            return Answer(status=error.status, data=_decoded(error.body), headers=dict(error.headers or {}))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StoreUnavailable(f"InfluxDB at {self._url} does not answer: {spoken(error)}") from error
        except UnicodeDecodeError as error:
            raise StoreRefused(f"what answers at {self._url} is not InfluxDB: {error}; see [store] url") from error
        return Answer(status=status, data=data, headers=dict(answered))


def is_this_machine(url: str) -> bool:
    """Tell whether what is sent there never leaves the machine, and need not be made smaller."""
    host = urllib3.util.parse_url(url).host or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def spoken(error: Exception) -> str:
    """Return an error's words without addresses in memory and what was left of a timeout.

    The same trouble is then said in the same words, which whoever logs it once relies on.
    """
    return _VARYING.sub("", str(error)) or type(error).__name__


def _decoded(body: str | None) -> object:
    try:
        return json.loads(body or "")
    except ValueError:
        return body


def _words(data: object) -> str:
    """Find the message in `{"error"}` (1.x), `{"code", "message"}` (2.x), `{"error", "data"}` (3.x) or plain text."""
    if not isinstance(data, dict):
        return str(data or "")[:2000]
    details = data.get("data")
    lines = details if isinstance(details, list) else [details]
    named = [line["error_message"] for line in lines if isinstance(line, dict) and "error_message" in line]
    return ": ".join(str(part) for part in (data.get("error") or data.get("message"), *named[:3]) if part)[:2000]
