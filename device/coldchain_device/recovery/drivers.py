"""Who does a step: the uplink, a program of the settings, ModemManager, or a relay on a pin (its own file)."""

import subprocess
from collections.abc import Callable
from typing import Protocol

from coldchain_device.errors import RecoveryFailed
from coldchain_device.recovery.ladder import Action
from coldchain_device.recovery.settings import RecoverySettings

_MODEM = ("mmcli", "--modem=any")
_BEARER = ((*_MODEM, "--simple-disconnect"),)
_RESET = ((*_MODEM, "--reset"),)
_OFF_AND_ON = ((*_MODEM, "--disable"), (*_MODEM, "--enable"))


class Driver(Protocol):
    """Does some actions, each taking as long as it takes. One thread only."""

    actions: frozenset[Action]

    def perform(self, action: Action) -> None:
        """Do `action`; `RecoveryFailed` names what went wrong."""
        ...

    def close(self) -> None: ...


class Reconnecting:
    """Has the uplink connect anew."""

    actions = frozenset({Action.RECONNECT})

    def __init__(self, reconnect: Callable[[], None]) -> None:
        self._reconnect = reconnect

    def perform(self, action: Action) -> None:  # noqa: ARG002 - there is only one
        self._reconnect()

    def close(self) -> None:
        return


class Commands:
    """Runs a program for each action; what it prints is part of the error where it fails."""

    def __init__(self, commands: dict[Action, tuple[str, ...]], *, timeout_s: float) -> None:
        self.actions = frozenset(commands)
        self._commands, self._timeout_s = commands, timeout_s

    def perform(self, action: Action) -> None:
        run(self._commands[action], timeout_s=self._timeout_s)

    def close(self) -> None:
        return


class ModemManager:
    """Asks ModemManager, by `mmcli`. NetworkManager brings up again the bearer that was taken down.

    Many modems do not know how to reset: they are switched off and on instead.
    """

    actions = frozenset({Action.BEARER, Action.MODEM})

    def __init__(self, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def perform(self, action: Action) -> None:
        if action is Action.BEARER:
            self._all(_BEARER)
            return
        try:
            self._all(_RESET)
        except RecoveryFailed:
            self._all(_OFF_AND_ON)

    def close(self) -> None:
        return

    def _all(self, commands: tuple[tuple[str, ...], ...]) -> None:
        for command in commands:
            run(command, timeout_s=self._timeout_s)


def run(command: tuple[str, ...], *, timeout_s: float) -> None:
    """Run `command` to its end; `RecoveryFailed` where it cannot, takes too long, or exits with anything but 0."""
    named = " ".join(command)
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RecoveryFailed(f"{named}: not done within {timeout_s:.0f} s, ended") from error
    except OSError as error:
        raise RecoveryFailed(f"{named}: {error.strerror}; check the program and the right to run it") from error
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        raise RecoveryFailed(f"{named}: exit {ended.returncode}, {said[-1] if said else 'nothing said'}")


def open_drivers(settings: RecoverySettings) -> tuple[Driver, ...]:
    """Return who can do something here, the settings' programs first; `BadOutput` for a pin that cannot be driven."""
    drivers: list[Driver] = [Commands(settings.commands.by_action(), timeout_s=settings.timeout_s)]
    if settings.mmcli:
        drivers.append(ModemManager(timeout_s=settings.timeout_s))
    if settings.power_pin is not None:
        from coldchain_device.recovery.relay import Relay  # noqa: PLC0415 - gpiozero only where it is configured

        drivers.append(Relay(settings.power_pin, off_s=settings.power_off_s))
    return tuple(drivers)


def doer_of(drivers: tuple[Driver, ...], action: Action) -> Driver | None:
    """Return the first of `drivers` that can do `action`."""
    return next((driver for driver in drivers if action in driver.actions), None)
