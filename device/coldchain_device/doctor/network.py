"""Examining the way to the broker: its name, its address, its certificate, the password."""

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from coldchain_device.doctor.finding import Finding, good, wrong
from coldchain_device.settings import DeviceSettings

_REFUSED_PASSWORD = ("Bad user name or password", "Not authorized")


def examine_network(settings: DeviceSettings) -> Iterator[Finding]:
    """Go the way to the broker step by step; the first step that fails is the finding."""
    mqtt = settings.mqtt
    where = f"{mqtt.host}:{mqtt.port}"
    try:
        socket.getaddrinfo(mqtt.host, mqtt.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        yield wrong("broker-name", f"{mqtt.host!r} cannot be resolved", "check mqtt.host and that the network has DNS")
        return
    try:
        socket.create_connection((mqtt.host, mqtt.port), timeout=mqtt.connect_timeout_s).close()
    except OSError as error:
        remedy = "check network and SIM credit, then mqtt.port and the server's firewall"
        yield wrong("broker-reach", f"nobody answers at {where} ({error})", remedy)
        return
    yield _sign_in(settings, where)


def _sign_in(settings: DeviceSettings, where: str) -> Finding:
    try:
        answer = _connack(settings)
    except ssl.SSLError as error:
        remedy = "check mqtt.ca_file and that the clock is right: certificates need the time"
        return wrong("broker-certificate", f"the certificate of {where} is not accepted ({error})", remedy)
    except OSError as error:
        return wrong("broker-answer", f"{where} breaks the connection off ({error})", "check mqtt.port and mqtt.tls")
    if answer is None:
        remedy = "check that it is an MQTT broker, mqtt.tls and mqtt.password"
        return wrong("broker-answer", f"{where} does not answer as a broker", remedy)
    if str(answer) in _REFUSED_PASSWORD:
        remedy = "copy the password that `coldchain-server enrol` printed, or enrol the device again"
        return wrong("broker-password", f"{where} refuses the device: {answer}", remedy)
    if answer.is_failure:
        return wrong("broker-answer", f"{where} refuses the connection: {answer}", "see the broker's log")
    return good("broker", f"{where} accepts the device")


def _connack(settings: DeviceSettings) -> ReasonCode | None:
    """Return the broker's answer to a sign-in; None where it gives none in time.

    A client id of its own: the device's would throw a running agent off the broker.
    """
    mqtt, answered = settings.mqtt, threading.Event()
    answers: list[ReasonCode] = []

    def on_connect(
        _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        answers.append(reason)
        answered.set()

    client = Client(
        CallbackAPIVersion.VERSION2, client_id=f"{settings.device}-doctor", protocol=MQTTProtocolVersion.MQTTv311
    )
    client.username_pw_set(mqtt.username or settings.device, mqtt.password.reveal() if mqtt.password else None)
    if mqtt.tls:
        client.tls_set(ca_certs=str(mqtt.ca_file) if mqtt.ca_file else None)
    client.on_connect = on_connect
    client.connect_timeout = mqtt.connect_timeout_s
    client.connect(mqtt.host, mqtt.port)
    client.loop_start()
    try:
        answered.wait(mqtt.connect_timeout_s)
    finally:
        client.disconnect()
        client.loop_stop()
    return answers[0] if answers else None
