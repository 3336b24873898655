"""The command line of `coldchain-device`."""

import importlib
import logging
import sys
from pathlib import Path

import click
import structlog

from coldchain_contract.settings import BadSettings
from coldchain_device.errors import DeviceError

COMMANDS = ("read", "run", "doctor", "outbox", "export", "alarm", "check-config")
DEFAULT_PATH = Path("/etc/coldchain/device.toml")


class Commands(click.Group):
    """A group whose commands end with one clear sentence where a setting or the device is wrong.

    A command is imported when it is wanted: the agent runs for months and need not hold what the others use.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same for all
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"coldchain_device.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BadSettings as mistakes:
            raise click.ClickException(f"mistakes in the configuration:\n{mistakes}") from mistakes
        except DeviceError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=DEFAULT_PATH,
    show_default=True,
    envvar="COLDCHAIN_DEVICE_CONFIG",
    help="The device's settings file.",
)
@click.option("--verbose", is_flag=True, help="Say more of what happens.")
@click.version_option(package_name="coldchain")
@click.pass_context
def cli(context: click.Context, config: Path, verbose: bool) -> None:
    """Cold-chain monitoring for milk: the box beside the cooler."""
    say_to_stderr(verbose=verbose)
    context.obj = config


def say_to_stderr(*, verbose: bool) -> None:
    """Send the log to standard error, so that a command's answer on standard output stays clean."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
