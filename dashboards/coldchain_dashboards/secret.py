"""The key that signs sessions, made once and kept where only its owner reads it."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def kept_secret(path: Path) -> str:
    """Return the key kept at `path`; one is made there where there is none, by whichever process is first."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) >= _BYTES:
            return kept
        path.unlink()  # a power cut left an empty file
        return kept_secret(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        made = secrets.token_hex(_BYTES)
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    return made
