"""Which language a page speaks: the one asked for, else the person's, else the browser's, else the setting."""

from flask import Flask, g, request, session
from flask_babel import Babel

from coldchain_dashboards.people import viewer_or_none

LANGUAGES = ("fr", "en")
_CHOSEN = "language"


def speak(app: Flask, *, usual: str) -> None:
    """Let every page of `app` choose its language, `usual` where nothing tells."""

    def choose() -> str:
        if "language" not in g:
            g.language = chosen_language() or request.accept_languages.best_match(LANGUAGES) or usual
        return str(g.language)

    Babel(app, default_locale=usual, locale_selector=choose)


def begin_session() -> None:
    """Forget everything about this browser but the language it chose."""
    kept = session.get(_CHOSEN)
    session.clear()
    if kept in LANGUAGES:
        session[_CHOSEN] = kept


def chosen_language() -> str | None:
    """Return the language this person chose: in the address, earlier in this session, or in their account."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        session[_CHOSEN] = asked
        return asked
    kept = session.get(_CHOSEN)
    if kept in LANGUAGES:
        return str(kept)
    viewer = viewer_or_none()
    return viewer.language if viewer is not None and viewer.language in LANGUAGES else None
