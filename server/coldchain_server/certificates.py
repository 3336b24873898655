"""Whose word a client of the broker takes for the broker's being the right one."""

import ssl

from paho.mqtt.client import Client

from coldchain_server.errors import BrokerRefused


def check_certificate(client: Client, ca_file: str) -> None:
    """Have `client` encrypt, and refuse a broker that `ca_file` (empty: the system's certificates) does not vouch for.

    `BrokerRefused` where the file cannot be used.
    """
    try:
        client.tls_set(ca_certs=ca_file or None, cert_reqs=ssl.CERT_REQUIRED)
    except OSError as error:
        raise BrokerRefused(f"the certificates in ca_file {ca_file!r} cannot be used: {error}") from error
