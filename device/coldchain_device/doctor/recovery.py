"""Examining recovery: what the device can do about a silent server, and what it has had to do."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from coldchain_device.card import CardFile
from coldchain_device.doctor.finding import Finding, advice, good, wrong
from coldchain_device.recovery.ladder import Action
from coldchain_device.recovery.settings import RecoverySettings
from coldchain_device.troubles import FILE_NAME, Troubles

_BY_MMCLI = (Action.BEARER, Action.MODEM)


def examine_recovery(settings: RecoverySettings, data_folder: Path) -> Iterator[Finding]:
    """Look at the ladder's steps, who does each, and what the agent has noted of its troubles."""
    yield from _programs(settings)
    yield _ladder(settings)
    troubles = CardFile(data_folder / FILE_NAME, Troubles).load() or Troubles()
    if troubles.contested_since_ms is not None:
        yield wrong(
            "name",
            f"another box uses this device's name since {_when(troubles.contested_since_ms)}",
            "enrol one of the two under a name of its own: a card or device.toml was copied",
        )
    if troubles.last_step_ms is not None:
        counts = ", ".join(f"{name} {count} times" for name, count in troubles.steps.items())
        yield good("recovery-taken", f"done about a silent server: {counts}; last {_when(troubles.last_step_ms)}")


def _programs(settings: RecoverySettings) -> Iterator[Finding]:
    for action, command in settings.commands.by_action().items():
        if not os.access(command[0], os.X_OK):
            yield wrong(
                f"recovery {action.value}",
                f"{command[0]} cannot be run",
                f"install it, or correct recovery.commands.{action.value}",
            )
    if settings.mmcli and shutil.which("mmcli") is None:
        yield wrong(
            "recovery mmcli", "mmcli is not installed", "sudo apt install modemmanager, or recovery.mmcli = false"
        )


def _ladder(settings: RecoverySettings) -> Finding:
    doers = {step.action: _doer(settings, step.action) for step in settings.steps}
    done = ", ".join(
        f"{step.action.value} after {step.after_s // 60} min ({doers[step.action]})"
        for step in settings.steps
        if doers[step.action]
    )
    undone = ", ".join(action.value for action, doer in doers.items() if not doer)
    if not undone:
        return good("recovery", f"when the server is silent: {done}")
    return advice(
        "recovery",
        f"when the server is silent: {done or 'nothing'}; nothing here can do {undone}",
        "with a modem set recovery.mmcli or recovery.commands, with a relay recovery.power_pin",
    )


def _doer(settings: RecoverySettings, action: Action) -> str:
    """Return who does `action` here; empty: nobody."""
    command = settings.commands.by_action().get(action)
    if command:
        return Path(command[0]).name
    if action is Action.RECONNECT:
        return "uplink"
    if action in _BY_MMCLI and settings.mmcli:
        return "mmcli"
    return "relay" if action is Action.POWER and settings.power_pin is not None else ""


def _when(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
