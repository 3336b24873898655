"""Creating the database or bucket, which each generation of InfluxDB does its own way."""

import re

import urllib3
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient

from coldchain_server.errors import StoreUnavailable
from coldchain_server.store.influxdb.answers import BucketMissing, Place, error_of
from coldchain_server.store.influxdb.transport import Answer, Transport, spoken
from coldchain_server.store.settings import StoreSettings

_VERSION = re.compile(r"v?(\d+)\.")


def create(transport: Transport, settings: StoreSettings, *, reason: str) -> None:
    """Create the bucket of `settings`, which the server misses for `reason`.

    Raises `StoreRefused` saying what to create by hand where the server does not let us.
    """
    place = Place(settings.url, settings.bucket)
    match generation(transport.get("/ping", {})):
        case 1:
            answer = transport.get("/query", {"q": f'CREATE DATABASE "{settings.bucket}"'})
        case 3:
            answer = transport.post_json("/api/v3/configure/database", {"db": settings.bucket})
        case _:
            _create_bucket(settings, place, reason=reason)
            return
    if answer.status not in (200, 201, 204, 409):
        raise error_of(answer, place) if answer.status >= 500 else BucketMissing(place, f"{reason}, {answer.reason}")


def generation(ping: Answer) -> int | None:
    """Return the major version a server tells at /ping; None where it tells none."""
    told = next((value for name, value in ping.headers.items() if name.lower() == "x-influxdb-version"), "")
    match = _VERSION.match(told)
    return int(match[1]) if match else None


def _create_bucket(settings: StoreSettings, place: Place, *, reason: str) -> None:
    """Create a 2.x bucket, where we are told in which organisation; since 2.4 it is its own DBRP mapping."""
    if not (settings.org and settings.token):
        raise BucketMissing(place, f"{reason} (no [store] org is set, so it is not created)")
    with InfluxDBClient(
        url=settings.url,
        token=settings.token.reveal(),
        org=settings.org,
        timeout=settings.timeout,
        verify_ssl=settings.verify_ssl,
        ssl_ca_cert=settings.ssl_ca_cert or None,
    ) as client:
        try:
            client.buckets_api().create_bucket(bucket_name=settings.bucket, org=settings.org)
        except InfluxDBError as error:
            if getattr(error, "status", None) != 422:  # 422: it is there already; then the mapping is what is missing
                raise BucketMissing(place, f"{reason}, and not ours to create ({error.message})") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StoreUnavailable(f"{place} does not answer: {spoken(error)}") from error
