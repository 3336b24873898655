"""A real gammu-smsd with gammu's dummy phone: what it sends goes nowhere, what it receives is a file of the phone."""

import shutil
import subprocess
from pathlib import Path

from servers.process import eventually, program

SETTINGS = """
[gammu]
connection = none
model = dummy
device = {folder}/phone

[smsd]
service = files
logfile = {folder}/smsd.log
debuglevel = 255
checksecurity = 0
commtimeout = 1
receivefrequency = 1
loopsleep = 1
deliveryreport = sms
inboxpath = {folder}/inbox/
outboxpath = {folder}/outbox/
sentsmspath = {folder}/sent/
errorsmspath = {folder}/error/
inboxformat = detail
"""


class GammuSmsd:
    """The daemon over its folders; stopped and started at will."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "smsdrc"
        self._program = program("gammu-smsd", "gammu-smsd")
        self._gammu = program("gammu", "gammu")
        for name in ("phone", "inbox", "outbox", "sent", "error"):
            (folder / name).mkdir(parents=True)
        self.config.write_text(SETTINGS.format(folder=folder))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually((self.folder / "phone" / "sms" / "1").is_dir, what="gammu-smsd did not reach its phone")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        return (self.folder / "smsd.log").read_text(encoding="utf-8", errors="replace")

    def receives(self, sender: str, text: str) -> None:
        """Let the phone receive a text, in as many parts as that takes."""
        self._receives(sender, text, is_report=False)

    def reports(self, number: str, word: str) -> None:
        """Let the phone receive the network's report on a message to `number`: Delivered, Failed or Pending."""
        self._receives(number, word, is_report=True)

    def _receives(self, sender: str, text: str, *, is_report: bool) -> None:
        made = self.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        (self.folder / "made.rc").write_text(f"[gammu]\nconnection = none\nmodel = dummy\ndevice = {made}\n")
        save = [self._gammu, "-c", str(self.folder / "made.rc"), "savesms", "TEXT", "-folder", "1", "-sender", sender]
        coding = ["-unicode"] if not text.isascii() else []
        subprocess.run(
            [*save, *coding, "-len", str(max(len(text), 1)), "-text", text],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        phone = self.folder / "phone" / "sms" / "1"
        for place, part in enumerate(sorted((made / "sms" / "1").iterdir(), key=lambda file: int(file.name)), start=1):
            content = part.read_text(encoding="utf-8", errors="replace")
            content = content.replace("PDU = Submit", f"PDU = {'Status_Report' if is_report else 'Deliver'}")
            free = next(number for number in range(place, 100) if not (phone / str(number)).exists())
            whole = self.folder / "part"  # the daemon reads what it finds, half a file too
            whole.write_text(content.replace("State = Sent", "State = UnRead"), encoding="utf-8")
            whole.rename(phone / str(free))
