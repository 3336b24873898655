"""Sounds as files: a tone, so that two recordings differ."""

import io
import math
import wave
from array import array
from pathlib import Path


def tone(seconds: float = 0.5, *, rate: int = 16_000, channels: int = 1, width: int = 2, hertz: int = 440) -> bytes:
    """Return a WAV file of one tone."""
    out = io.BytesIO()
    frames = int(seconds * rate)
    samples = array("h", (int(9000 * math.sin(2 * math.pi * hertz * one / rate)) for one in range(frames)))
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes() if (channels, width) == (1, 2) else b"\0" * frames * channels * width)
    return out.getvalue()


def record(folder: Path, language: str, clip: str, content: bytes | None = None) -> Path:
    """Put a recording into its place in a folder of recordings."""
    path = folder / language / f"{clip}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tone() if content is None else content)
    return path
