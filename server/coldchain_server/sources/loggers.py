"""Files of loggers: bytes made text, and what every maker's file comes down to."""

import codecs
from datetime import datetime

import msgspec

from coldchain_server.sources.errors import NotUnderstood

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class LoggerReading(msgspec.Struct, frozen=True, kw_only=True):
    """One value by the logger's own clock. `rank` keeps readings of one instant apart, the same in every export."""

    at: datetime
    celsius: float
    rank: int = 0


class LoggerFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says: whose it is, its readings, and which lines could not be read."""

    serial: str
    readings: tuple[LoggerReading, ...]
    unread: tuple[str, ...] = ()


def text_of(content: bytes) -> str:
    """Return a file's text: UTF-8 or UTF-16 by its mark, UTF-16 without one, UTF-8, else Windows' Western letters."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if content[1:2] == b"\0" or content[:1] == b"\0":
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # a beginning cut within a letter
            return content[: error.start].decode("utf-8")
        return content.decode("cp1252", "replace")


def number_of(text: str) -> float:
    """Return a number written with a point or a comma; `ValueError` where it is none."""
    plain = text.strip().replace("\u2212", "-").replace("\u00a0", "").replace(",", ".")
    if not plain or plain.strip("+-0123456789.") or plain.count(".") > 1:
        raise ValueError(f"{text.strip()[:40]!r} is not a number")
    return float(plain)


def celsius_of(text: str, *, fahrenheit: bool) -> float:
    """Return a temperature in °C; `ValueError` where it is no number."""
    value = number_of(text)
    return round((value - 32) * 5 / 9, 4) if fahrenheit else value


def checked(file: LoggerFile, *, maker: str) -> LoggerFile:
    """Return `file`; `NotUnderstood` where it has no reading."""
    if not file.readings:
        said = f"; the first line that could not be read: {file.unread[0]}" if file.unread else ""
        raise NotUnderstood(f"it looks like a {maker} export, but there is no temperature in it{said}")
    return file
