"""Where `coldchain-device` starts: names the missing extra instead of showing an import error."""

import sys


def main() -> None:
    """Run the command line; exits 3 with the remedy where the device's libraries are not installed."""
    try:
        from coldchain_device.commands.cli import cli  # noqa: PLC0415 - the import is what is tried
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("coldchain_"):
            raise
        sys.stderr.write(
            f"coldchain-device needs {missing.name}, which is not installed.\n"
            "Install the device's part: pip install 'coldchain[device]'\n"
        )
        raise SystemExit(3) from missing
    cli()
