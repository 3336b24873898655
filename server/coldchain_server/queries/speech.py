"""Reading what a call says: the message it tells, and which keys answer it."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_server.answers.speaking import Speaking
from coldchain_server.answers.told import told_by
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.wording import trial_text
from coldchain_server.words.lexicons import lexicon_in


class CallSpeech(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in one call, in `language`: the message, then which keys there are."""

    text: str
    menu: str
    language: str


def call_speech(session: Session, fleet: Fleet, message: str, *, now_ms: int) -> CallSpeech:
    """Return what the call that tells `message` says at `now_ms`; `UnknownThing` where there is no such message."""
    told = told_by(session, fleet, message)
    lexicon = lexicon_in(session)
    speaking = Speaking(told.language, lexicon=lexicon)
    if told.incident is None:
        text = told.text or trial_text(told.contact.name, told.language, lexicon=lexicon)
        return CallSpeech(text=text, menu="", language=speaking.language)
    sites = {str(name): site for name, site in fleet.sites.items()}
    site = sites.get(told.incident.site) or sites[told.contact.sites[0]]
    stay = site.in_curfew(site.local(now_ms).time())
    return CallSpeech(text=told.text, menu=speaking.menu(stay=stay), language=speaking.language)
