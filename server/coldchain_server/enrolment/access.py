"""The access list: what the broker is told about each device and about the server, as Mosquitto's commands."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.topics import ALL, ROOT, VERSION, Kind, Topic
from coldchain_server.fleet.source import Source, SourceKind

Command: TypeAlias = Mapping[str, object]
"""One command of Mosquitto's dynamic security plugin, as it goes into its JSON interface."""

SERVER_ROLE = "coldchain-server"
_ANNOUNCEMENTS = ("homeassistant/#", "tasmota/discovery/#")
"""Where firmware says what it is, for whoever collects such things."""


def deny_by_default() -> Command:
    """Nobody may do anything that a role does not allow."""
    denied = ("publishClientSend", "publishClientReceive", "subscribe")
    return {
        "command": "setDefaultACLAccess",
        "acls": [{"acltype": kind, "allow": False} for kind in denied] + [{"acltype": "unsubscribe", "allow": True}],
    }


def role_name(device: DeviceId) -> str:
    return f"device-{device}"


def device_acls(site: SiteId, device: DeviceId) -> list[Command]:
    """A device publishes on its own upward topics, and hears its own downward ones. Nothing else."""
    up = [str(Topic(site, device, kind)) for kind in Kind if kind.goes_up]
    down = [str(Topic(site, device, kind)) for kind in Kind if not kind.goes_up]
    return [
        *(_allow("publishClientSend", topic) for topic in up),
        *(_allow("subscribeLiteral", topic) for topic in down),
        *(_allow("publishClientReceive", topic) for topic in down),
    ]


def source_acls(source: Source, *, others: Iterable[str]) -> list[Command]:
    """A source publishes below the topics that are its own, never on one of `others`, and hears nothing.

    Firmware publishes more than values: that it is there, how it is. It is let do so, because Mosquitto 2.0 hangs up on
    whoever publishes where it may not.
    """
    own = {tree for feed in source.feeds for tree in _trees(source.kind, feed.topic)}
    return [
        *(_allow("publishClientSend", tree) for tree in sorted({*own, *_ANNOUNCEMENTS})),
        *({**_allow("publishClientSend", topic), "allow": False, "priority": 1} for topic in sorted(set(others))),
    ]


def _trees(kind: SourceKind, topic: str) -> tuple[str, ...]:
    """Return what the publisher of `topic` owns: a Tasmota's name below each prefix, else all of the first level."""
    levels = topic.split("/")
    if kind is SourceKind.TASMOTA and len(levels) > 1:
        return tuple(f"{prefix}/{levels[1]}/#" for prefix in (levels[0], "stat"))
    return (topic,) if len(levels) == 1 else (f"{levels[0]}/#",)


def server_acls(further: Iterable[str] = ()) -> list[Command]:
    """The server hears everything below the root, alone or shared among its workers, and `further` topics.

    It publishes downward to every device.
    """
    topics = list(dict.fromkeys(further))
    return [
        _allow("subscribePattern", ALL),
        _allow("subscribePattern", f"$share/+/{ALL}"),
        _allow("publishClientReceive", ALL),
        *(_allow("subscribeLiteral", topic) for topic in topics),
        *(_allow("publishClientReceive", topic) for topic in topics),
        *(_allow("publishClientSend", f"{ROOT}/{VERSION}/+/+/{kind.value}") for kind in Kind if not kind.goes_up),
    ]


def make_role(name: str, acls: list[Command]) -> Command:
    return {"command": "createRole", "rolename": name, "acls": acls}


def change_role(name: str, acls: list[Command]) -> Command:
    return {"command": "modifyRole", "rolename": name, "acls": acls}


def make_client(username: str, *, client_id: str | None, password: str, role: str) -> Command:
    return _client("createClient", username, client_id=client_id, password=password, role=role)


def change_client(username: str, *, client_id: str | None, password: str, role: str) -> Command:
    """Give a client a new password; the broker ends whatever connection it has."""
    return _client("modifyClient", username, client_id=client_id, password=password, role=role)


def show_client(username: str) -> Command:
    """Ask whether a client is known: an error where it is not."""
    return {"command": "getClient", "username": username}


def enable_client(username: str) -> Command:
    return {"command": "enableClient", "username": username}


def disable_client(username: str) -> Command:
    """Refuse a client from now on; the broker ends whatever connection it has."""
    return {"command": "disableClient", "username": username}


def _client(command: str, username: str, *, client_id: str | None, password: str, role: str) -> Command:
    """Bind the user to one client ID; to none with None, for what has one of its own that cannot be changed."""
    return {
        "command": command,
        "username": username,
        **({} if client_id is None else {"clientid": client_id}),
        "password": password,
        "roles": [{"rolename": role, "priority": 0}],
    }


def _allow(kind: str, topic: str) -> Command:
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}
