"""Everything a box sends, delivered again and in any order: it counts once."""

import random
import subprocess
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from faults.report import Line, leave
from faults.world import World
from servers.mosquitto import ADMIN, ADMIN_PASSWORD, Mosquitto
from servers.process import eventually, program

_COPIES = 3
_NAME = "echo"
_BACKFILL = "coldchain/v1/+/+/backfill"
_KINDS = ("publishClientSend", "publishClientReceive", "subscribePattern")


class Echo:
    """Hears what devices send and says it again; the broker's administrator has let it do both."""

    def __init__(self, broker: Mosquitto) -> None:
        self._admit(broker)
        self._heard: dict[bytes, str] = {}
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=_NAME)
        self._client.username_pw_set(_NAME, _NAME)
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *_: client.subscribe([("coldchain/v1/+/+/live", 1), (_BACKFILL, 1)])
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        eventually(self._client.is_connected)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say_again(self, chance: random.Random) -> int:
        """Publish all that was ever heard, several times over and in any order; return how many messages that were."""
        messages = [*self._heard.copy().items()] * _COPIES
        for payload, topic in chance.sample(messages, len(messages)):
            self._client.publish(topic, payload, qos=1).wait_for_publish(10)
        return len(messages)

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        self._heard[bytes(message.payload)] = message.topic

    def _admit(self, broker: Mosquitto) -> None:
        control = [program("mosquitto_ctrl", "mosquitto"), "-h", broker.host, "-p", str(broker.port)]
        for words in (
            ("createRole", _NAME),
            *(("addRoleACL", _NAME, kind, "coldchain/#", "allow") for kind in _KINDS),
            ("createClient", _NAME, "-p", _NAME),
            ("addClientRole", _NAME, _NAME),
        ):
            command = [*control, "-u", ADMIN, "-P", ADMIN_PASSWORD, "dynsec", *words]
            subprocess.run(command, check=True, capture_output=True)


def suffer(folder: Path, *, seed: int, rounds: int) -> None:
    chance = random.Random(seed)
    with World(folder, chance=chance) as world:
        echo = Echo(world.broker)
        again = 0
        for _ in range(rounds):
            world.live(1.5)
            if chance.random() < 0.3:
                world.kill_server()
                world.begin_server()
            again += echo.say_again(chance)
        recovery_s = world.recovers(within=60)
        echo.close()
        tally = world.finished()
    assert again, "nothing was delivered again"
    leave(
        Line(
            fault=f"every pack delivered {1 + _COPIES} times, out of order",
            strikes=again,
            kills=0,
            tally=tally,
            recovery_s=recovery_s,
        )
    )
    assert (tally.lost, tally.doubled, tally.misdated, tally.wrong) == (0, 0, 0, 0), tally


@pytest.mark.timeout(120)
def test_what_is_delivered_again_and_out_of_order_counts_once(tmp_path: Path) -> None:
    suffer(tmp_path, seed=1, rounds=3)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [2, 3])
def test_it_counts_once_for_long(tmp_path: Path, seed: int) -> None:
    suffer(tmp_path, seed=seed, rounds=20)
