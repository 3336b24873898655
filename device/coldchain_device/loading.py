"""Reading `device.toml`, every mistake reported at once."""

import tomllib
from pathlib import Path

from coldchain_contract.settings import BadSettings, Mistake, read_settings
from coldchain_device.settings import DeviceSettings


def load_settings(path: Path) -> DeviceSettings:
    """Return what `path` says; `BadSettings` with every mistake. Secret files are taken from beside `path`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings((_whole(path, f"no file that can be read ({error.strerror})", "a device.toml"),)) from error
    except ValueError as error:
        raise BadSettings((_whole(path, f"no TOML: {error}", "TOML, UTF-8"),)) from error
    return read_settings(
        data, DeviceSettings, file=str(path), read_file=lambda name: (path.parent / name).read_text(encoding="utf-8")
    )


def _whole(path: Path, found: str, allowed: str) -> Mistake:
    return Mistake(file=str(path), key="", found=found, allowed=allowed)
