"""The broker's administrator: asks Mosquitto's dynamic security plugin, over MQTT, to change who may do what."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_server.certificates import check_certificate
from coldchain_server.enrolment.access import Command
from coldchain_server.enrolment.settings import BrokerAdminSettings
from coldchain_server.errors import BrokerRefused, BrokerUnavailable

_CONTROL = "$CONTROL/dynamic-security/v1"
_RESPONSE = f"{_CONTROL}/response"
_ANSWER_SECONDS = 10.0
_NO_PLUGIN = "it has no dynamic security plugin, or this user may not use it"


class Answer(msgspec.Struct, frozen=True):
    """What the plugin answers to one command; `error` is empty where it did as it was told."""

    command: str
    error: str = ""


class _Answers(msgspec.Struct, frozen=True):
    responses: tuple[Answer, ...]


class BrokerAdmin:
    """Connects for each set of commands, and is used from one thread."""

    def __init__(
        self, settings: BrokerAdminSettings, *, host: str, port: int, tls: bool = False, ca_file: str = ""
    ) -> None:
        self._settings, self._host, self._port, self._tls, self._ca_file = settings, host, port, tls, ca_file

    def ask(self, commands: Sequence[Command]) -> tuple[Answer, ...]:
        """Have `commands` done in order; return one answer each. They are in the broker's file when this returns.

        `BrokerUnavailable` where the broker does not answer; `BrokerRefused` where the administrator is not let in or
        there is no dynamic security.
        """
        with _Conversation(self._host, self._port) as conversation:
            client = conversation.client
            client.username_pw_set(self._settings.username, self._settings.password.reveal())
            if self._tls:
                check_certificate(client, self._ca_file)
            conversation.connect()
            return conversation.exchange(msgspec.json.encode({"commands": commands}))


class _Conversation:
    """One connection to the broker, one question and its answer."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.connect_timeout = _ANSWER_SECONDS
        self.client.on_connect, self.client.on_subscribe = self._on_connect, self._on_subscribe
        self.client.on_message = self._on_message
        self._connected, self._subscribed, self._answer = False, False, b""
        self._refusal = ""

    def __enter__(self) -> "_Conversation":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()

    def connect(self) -> None:
        try:
            self.client.connect(self._host, self._port)
        except (OSError, ValueError) as error:
            raise BrokerUnavailable(f"the broker at {self._where} did not answer: {error}") from error
        self._await(lambda: self._connected)

    def exchange(self, question: bytes) -> tuple[Answer, ...]:
        self.client.subscribe(_RESPONSE, qos=1)
        self._await(lambda: self._subscribed)
        self.client.publish(_CONTROL, question, qos=1)
        self._await(lambda: bool(self._answer))
        try:
            return msgspec.json.decode(self._answer, type=_Answers).responses
        except msgspec.DecodeError as error:
            raise BrokerRefused(f"the broker at {self._where} gave an answer nobody understands: {error}") from error

    @property
    def _where(self) -> str:
        return f"{self._host}:{self._port}"

    def _await(self, answered: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not answered() and not self._refusal:
            if time.monotonic() > deadline:
                raise BrokerRefused(f"the broker at {self._where} did not answer its administrator: {_NO_PLUGIN}")
            if self.client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS and not self._refusal:
                raise BrokerUnavailable(f"the broker at {self._where} closed the connection")
        if self._refusal:
            raise BrokerRefused(f"the broker at {self._where} refused its administrator: {self._refusal}")

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self._connected, self._refusal = not reason.is_failure, str(reason) if reason.is_failure else ""

    def _on_subscribe(
        self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        self._subscribed = not reasons[0].is_failure
        self._refusal = _NO_PLUGIN if reasons[0].is_failure else ""

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._answer = bytes(message.payload)
