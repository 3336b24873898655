"""The folders of a gammu-smsd with `Service = files`: what lies in them, and how a message gets there whole.

Messages are in gammu's own backup format, both ways. Of plain text files the daemon guesses the alphabet (Debian's
sends them in 7 bits, whatever is in them), and it takes the parts of a long message apart.
"""

import configparser
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

_OUTGOING = re.compile(r"OUT[A-Z]_(?P<number>\+[0-9]+)_(?P<id>[0-9A-Za-z-]+)\.smsbackup(?P<reported>\.reported)?")
_HEX_A_LINE = 200
_REPORT = "Status_Report"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """One message out of the inbox, its parts joined. A report is the network's word on what became of one of ours.

    `name` is the same where the network delivers a message again.
    """

    sender: str
    text: str
    is_report: bool
    name: str


class Folders:
    """Where gammu-smsd takes from and puts to; the four are those its settings name."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.outbox, self.sent, self.error = (
            folder / name for name in ("inbox", "outbox", "sent", "error")
        )

    def missing(self) -> list[str]:
        """Return which of the folders are not there."""
        return [path.name for path in (self.inbox, self.outbox, self.sent, self.error) if not path.is_dir()]

    def put(self, number: str, text: str, *, id: str, beyond_gsm: bool) -> Path:
        """Leave a message in the outbox, durable and whole; `OSError` where that cannot be.

        `beyond_gsm`: it has letters that the 7-bit alphabet lacks. Files are sent in the order of their names.
        """
        name = f"OUTA_{number}_{id}.smsbackup"
        unseen, file = self.outbox / f".{name}", self.outbox / name
        with unseen.open("wb") as out:
            out.write(_backup(number, text, beyond_gsm=beyond_gsm).encode("ascii"))
            out.flush()
            os.fsync(out.fileno())
        unseen.rename(file)
        _settle(self.outbox)
        return file

    def waiting(self) -> Iterator[Path]:
        """Yield the messages of ours that gammu-smsd has not taken up yet."""
        return (file for file in self.outbox.glob("OUT*") if id_of(file) is not None)

    def found(self, folder: Path, *, id: str) -> Path | None:
        """Return the message of that id in one of the folders."""
        return next((file for file in folder.glob(f"OUT*_{id}.smsbackup*") if id_of(file) == id), None)

    def unreported(self, number: str) -> Path | None:
        """Return the message to a number that was sent first of those that no report has come of."""
        sent = ((file, _OUTGOING.fullmatch(file.name)) for file in self.sent.glob("OUT*"))
        waiting = [file for file, name in sent if name and name["number"] == number and not name["reported"]]
        return min(waiting, key=lambda file: file.stat().st_mtime_ns, default=None)

    @staticmethod
    def mark_reported(file: Path) -> None:
        """Note that the report on a sent message has come."""
        file.rename(file.with_name(f"{file.name}.reported"))


def id_of(file: Path) -> str | None:
    """Return the id that a message of ours was left under, None for any other file."""
    match = _OUTGOING.fullmatch(file.name)
    return match["id"] if match else None


def came(content: str) -> Came:
    """Return what a file of the inbox (`InboxFormat = detail`) says; `ValueError` for anything else."""
    file = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=(";",), delimiters=("=",))
    try:
        file.read_string(content)
        parts = [file[name] for name in sorted(file.sections()) if name.startswith("SMSBackup")]
        sender = _unhex(parts[0]["NumberUnicode"])
        text = "".join(_unhex(part[key]) for part in parts for key in sorted(part) if key.startswith("text"))
        name = sha256(f"{parts[0]['DateTime']} {text}".encode()).hexdigest()[:32]
        return Came(sender=sender, text=text, is_report=parts[0]["PDU"] == _REPORT, name=name)
    except (configparser.Error, KeyError, IndexError, ValueError) as error:
        raise ValueError("no message of gammu's backup format; gammu-smsd needs InboxFormat = detail") from error


def _backup(number: str, text: str, *, beyond_gsm: bool) -> str:
    said = _hex(text)
    lines = [said[start : start + _HEX_A_LINE] for start in range(0, len(said), _HEX_A_LINE)]
    fields = {
        "PDU": "Submit",
        "State": "UnSent",
        "Number": f'"{number}"',
        "NumberUnicode": _hex(number),
        **{f"Text{place:02}": line for place, line in enumerate(lines)},
        "Coding": "Unicode_No_Compression" if beyond_gsm else "Default_No_Compression",
        "Length": str(len(said) // 4),
        "Class": "-1",
    }
    return "[SMSBackup000]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()


def _unhex(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-16-be")


def _settle(folder: Path) -> None:
    """Make what was renamed in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
