"""Reading what a call says: the message it tells, and which keys answer it; as words, and as recorded."""

import enum

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.clips import Clip, Saying, of_saying
from coldchain_server.answers.speaking import Speaking
from coldchain_server.answers.told import Told, told_by
from coldchain_server.errors import UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.ledger.tables import NotificationRow
from coldchain_server.notifications.content import content_of
from coldchain_server.notifications.news import Daily
from coldchain_server.notifications.settings import NotificationSettings
from coldchain_server.notifications.wording import trial_text
from coldchain_server.queries.milk_said import milks_of
from coldchain_server.words.lexicons import lexicon_in
from coldchain_server.words.recordings import Recordings, joined
from coldchain_server.words.rows import checks_in
from coldchain_server.words.spoken import clips_of, good_news_clips


class Passage(enum.Enum):
    """What of a call is recorded: what it tells with the keys that answer; again after a key that is none; thanks."""

    MESSAGE = "message"
    AGAIN = "again"
    THANKS = "thanks"


class CallSpeech(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in one call, in `language`: the message, then which keys there are; whether that is recorded.

    `sorry` is said before it where a key was pressed that is none.
    """

    sorry: str
    text: str
    menu: str
    language: str
    recorded: bool


class CallReader:
    """Reads what calls say, within somebody else's session; `recordings` None is a server that has none."""

    def __init__(self, session: Session, fleet: Fleet, recordings: Recordings | None, *, now_ms: int) -> None:
        self._session, self._fleet, self._recordings, self._now_ms = session, fleet, recordings, now_ms

    def speech(self, message: str) -> CallSpeech:
        """Return what the call that tells `message` says now; `UnknownThing` where there is no such message."""
        told, lexicon = told_by(self._session, self._fleet, message), lexicon_in(self._session)
        speaking = Speaking(told.language, lexicon=lexicon)
        text = told.text or trial_text(told.contact.name, told.language, lexicon=lexicon)
        menu = "" if told.incident is None else speaking.menu(stay=self._in_curfew(told))
        recorded = all(self.recording(message, passage) is not None for passage in Passage)
        sorry = speaking.not_understood()
        return CallSpeech(sorry=sorry, text=text, menu=menu, language=speaking.language, recorded=recorded)

    def recording(self, message: str, passage: Passage) -> bytes | None:
        """Return a WAV file that says it; None where any of its clips is missing or not checked. Raises as `speech`."""
        told = told_by(self._session, self._fleet, message)
        clips = self._clips(message, told, passage)
        if self._recordings is None or not clips:
            return None
        spoken = self._recordings.spoken(told.language, clips, checks_in(self._session))
        return joined(spoken) if spoken is not None else None

    def _clips(self, message: str, told: Told, passage: Passage) -> tuple[Clip, ...]:
        stay = self._in_curfew(told)
        ending = (of_saying(Saying.STAY_INSIDE),) if stay else ()
        if passage is Passage.THANKS:
            return (Clip("call.thanks"), *ending)
        if told.text == "":
            return ()  # a trial names its person, whom nobody has recorded
        row = self._session.get_one(NotificationRow, int(message))
        try:
            content = content_of(
                self._session,
                row,
                told.contact,
                self._fleet,
                settings=NotificationSettings(),
                now_ms=self._now_ms,
                milks=milks_of(self._fleet),
            )
        except UnknownThing:  # the fleet file names it no more: the text is all there is
            return ()
        if content.news is not None:
            menu = Clip("call.menu-in-curfew" if stay else "call.menu")
            sorry = (Clip("call.not-understood"),) if passage is Passage.AGAIN else ()
            return (*sorry, *clips_of(content.news, now_ms=self._now_ms), menu, *ending)
        if row.kind == Daily.GOOD_NEWS.value:
            return good_news_clips(self._fleet.sites[told.contact.sites[0]], now_ms=self._now_ms)
        return ()

    def _in_curfew(self, told: Told) -> bool:
        sites = {str(name): site for name, site in self._fleet.sites.items()}
        site = sites.get(told.incident.site if told.incident else "") or sites[told.contact.sites[0]]
        return site.in_curfew(site.local(self._now_ms).time())
