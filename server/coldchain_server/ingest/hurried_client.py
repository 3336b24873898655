"""paho-mqtt as ingest uses it: driven by hand, over a buffered socket, acknowledging nothing by itself."""

import socket
from collections.abc import Callable
from typing import Any, cast

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from coldchain_server.certificates import check_certificate
from coldchain_server.ingest.buffered_socket import BufferedSocket
from coldchain_server.ingest.settings import IngestSettings

ANSWER_SECONDS = 10.0
_MOST_IN_FLIGHT = 1000


class HurriedClient(Client):
    """paho, with two of its own steps made short: it makes a buffered socket, and hands a message straight on.

    Both steps are private to paho: where a later version has renamed them, the tests say so.
    """

    def __init__(self, hear: Callable[[MQTTMessage], None], **settings: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, **settings)
        self._hear = hear

    def _create_socket(self) -> Any:
        return BufferedSocket(cast("socket.socket", super()._create_socket()))

    def _handle_on_message(self, message: MQTTMessage) -> None:
        self._hear(message)  # past the search for further callbacks, of which there are none, and three locks


def hurried_client(
    settings: IngestSettings, hear: Callable[[MQTTMessage], None], *, client_id: str, keeps_session: bool
) -> HurriedClient:
    """Return a client that is not connected; `BrokerRefused` where the settings' certificates cannot be used."""
    client = HurriedClient(
        hear,
        client_id=client_id,
        clean_session=not keeps_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        manual_ack=True,
    )
    if settings.password is not None:
        client.username_pw_set(settings.username, settings.password.reveal())
    if settings.tls:
        check_certificate(client, settings.ca_file)
    client.connect_timeout = ANSWER_SECONDS
    client.max_inflight_messages_set(_MOST_IN_FLIGHT)
    client.on_socket_register_write = _wait_for_the_next_turn
    return client


def _wait_for_the_next_turn(*_: Any) -> None:
    """Taken by paho to mean that whoever drives it also writes: nothing is sent packet by packet."""
