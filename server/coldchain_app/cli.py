"""The command line of `coldchain-server`."""

import importlib
import logging
import sys
from pathlib import Path

import click
import structlog

from coldchain_app.app import App
from coldchain_app.settings import DEFAULT_PATH, read_server_settings
from coldchain_contract.settings import BadSettings
from coldchain_server.errors import ServerError

COMMANDS = (
    "run",
    "demo",
    "check-config",
    "enrol",
    "user",
    "profile",
    "import",
    "request",
    "quarantine",
    "notify-test",
    "missed-call",
    "rules",
    "milk",
    "lab",
    "words",
)


class OpenApp:
    """Opens the app when a command first asks for it, so that `--help` and `demo` need no settings file."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self._app: App | None = None

    def __call__(self) -> App:
        if self._app is None:
            self._app = App(read_server_settings(self.config))
            click.get_current_context().call_on_close(self._app.close)
        return self._app


class Commands(click.Group):
    """A group whose commands end with one clear sentence where a setting, a server or a person's entry is wrong.

    A command is imported when it is wanted: what all of them use together takes longer to load than most take to do.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the same for all
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = {"import": "import_"}.get(cmd_name, cmd_name.replace("-", "_"))
        command: click.Command = importlib.import_module(f"coldchain_app.commands.{name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BadSettings as mistakes:
            raise click.ClickException(f"mistakes in the configuration:\n{mistakes}") from mistakes
        except ServerError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=DEFAULT_PATH,
    show_default=True,
    envvar="COLDCHAIN_SERVER_CONFIG",
    help="The server's settings file.",
)
@click.option("--verbose", is_flag=True, help="Say more of what happens.")
@click.version_option(package_name="coldchain")
@click.pass_context
def cli(context: click.Context, config: Path, verbose: bool) -> None:
    """Cold-chain monitoring for milk: the server."""
    say_to_stderr(verbose=verbose)
    context.obj = OpenApp(config)


def say_to_stderr(*, verbose: bool) -> None:
    """Send the log to standard error, so that a command's answer on standard output stays clean."""
    level = logging.DEBUG if verbose else logging.INFO
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
