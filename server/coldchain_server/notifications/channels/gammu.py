"""SMS by a modem: left in the outbox of a gammu-smsd, which sends it."""

from pathlib import Path

from coldchain_server.fleet.phones import MODEM
from coldchain_server.gateways.modem import Folders
from coldchain_server.gateways.settings import ModemSettings
from coldchain_server.notifications.channels.protocol import Message, Outcome
from coldchain_server.notifications.errors import ChannelFailed
from coldchain_server.notifications.sms import septets


class GammuChannel:
    """One number behind the modem. A message that lies in the outbox, or was sent, is not left there twice.

    What came of it is seen in gammu-smsd's folders, and reported from there.
    """

    kind, once = MODEM, True

    def __init__(self, number: str, settings: ModemSettings) -> None:
        self._number, self._folders = number, Folders(Path(settings.folder))

    def tell(self, message: Message) -> Outcome:
        if missing := self._folders.missing():
            raise ChannelFailed(f"{self.kind}: gammu-smsd's folder has no {', '.join(missing)}", gateway=True)
        try:
            return self._told(message)
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise ChannelFailed(f"{self.kind}: the outbox cannot be written ({said})", gateway=True) from error

    def _told(self, message: Message) -> Outcome:
        for folder in (self._folders.outbox, self._folders.sent):
            if self._folders.found(folder, id=message.id) is not None:
                return Outcome(said=f"lies in the {folder.name} folder already", reference=message.id)
        if (failed := self._folders.found(self._folders.error, id=message.id)) is not None:
            failed.unlink(missing_ok=True)  # an earlier attempt's: this is another
        self._folders.put(self._number, message.text, id=message.id, beyond_gsm=septets(message.text) is None)
        return Outcome(said="in the modem's outbox", reference=message.id)
