"""Where `coldchain-server` starts: names the missing extra instead of showing an import error."""

import sys


def main() -> None:
    """Run the command line; exits 3 with the remedy where the server's libraries are not installed."""
    try:
        from coldchain_app.cli import cli  # noqa: PLC0415 - the import is what is tried

        cli()  # which imports the command that is wanted
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("coldchain_"):
            raise
        sys.stderr.write(
            f"coldchain-server needs {missing.name}, which is not installed.\n"
            "Install the server's part: pip install 'coldchain[server]'\n"
        )
        raise SystemExit(3) from missing
