"""The settings of recovery: when which step is due, and who does it."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from coldchain_device.recovery.ladder import Action

_SECONDS = {"unit": "s"}


class StepSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of the ladder."""

    after_s: Annotated[
        int, Meta(ge=60, le=604_800, description="silence of the server after which it is due",
                  extra_json_schema=_SECONDS)
    ]  # fmt: skip
    action: Annotated[Action, Meta(description="what is done; left out where nothing here can do it")]


DEFAULT_STEPS = (
    StepSettings(after_s=600, action=Action.RECONNECT),
    StepSettings(after_s=1200, action=Action.BEARER),
    StepSettings(after_s=2400, action=Action.MODEM),
    StepSettings(after_s=3600, action=Action.POWER),
    StepSettings(after_s=21_600, action=Action.REBOOT),
)


class CommandSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What does an action here: a program's full path and its arguments. Empty: none."""

    bearer: Annotated[tuple[str, ...], Meta(description="program that takes the data connection down and up")] = ()
    modem: Annotated[tuple[str, ...], Meta(description="program that resets the modem")] = ()
    power: Annotated[tuple[str, ...], Meta(description="program that cuts the modem's supply for some seconds")] = ()
    reboot: Annotated[tuple[str, ...], Meta(description="program that reboots the device; none: it is never done")] = ()

    def __post_init__(self) -> None:
        for action, command in self.by_action().items():
            if not Path(command[0]).is_absolute():
                raise ValueError(f"{action.value}: the full path of a program, not {command[0]!r}")

    def by_action(self) -> dict[Action, tuple[str, ...]]:
        """Return the programs that are set."""
        every = {
            Action.BEARER: self.bearer,
            Action.MODEM: self.modem,
            Action.POWER: self.power,
            Action.REBOOT: self.reboot,
        }
        return {action: command for action, command in every.items() if command}


class RecoverySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done when the server confirms nothing for long. Times are real seconds, whatever clock a run declares."""

    steps: Annotated[tuple[StepSettings, ...], Meta(description="the ladder, each action once")] = DEFAULT_STEPS
    again_after_s: Annotated[
        int, Meta(ge=600, le=604_800, description="pause before the last step is repeated when none has helped",
                  extra_json_schema=_SECONDS)
    ] = 21_600  # fmt: skip
    mmcli: Annotated[bool, Meta(description="ModemManager does bearer and modem")] = False
    power_pin: Annotated[
        Annotated[int, Meta(ge=0, le=27)] | None,
        Meta(description="GPIO number of the pin that cuts the modem's supply while it is high: power"),
    ] = None
    power_off_s: Annotated[
        float, Meta(ge=0.1, le=600, description="how long the modem's supply is cut", extra_json_schema=_SECONDS)
    ] = 10
    commands: Annotated[CommandSettings, Meta(description="programs that do an action, instead of any other way")] = (
        CommandSettings()
    )
    timeout_s: Annotated[
        float, Meta(ge=1, le=3600, description="longest that a program may take", extra_json_schema=_SECONDS)
    ] = 120

    def __post_init__(self) -> None:
        actions = [step.action for step in self.steps]
        twice = sorted({action.value for action in actions if actions.count(action) > 1})
        if twice:
            raise ValueError(f"each action in one step, not {', '.join(twice)} twice")
