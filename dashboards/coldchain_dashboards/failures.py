"""Errors become answers: one block for pages and for programs, in the reader's language."""

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from coldchain_server.errors import BadEntry, NotAllowed, ServerError, UnknownThing

_STATUS: dict[type[ServerError], int] = {UnknownThing: 404, NotAllowed: 403, BadEntry: 400}

log = structlog.get_logger()


def answer_failures(app: Flask) -> None:
    """Let every failure of `app` become a page, or JSON under `/api/`."""

    @app.errorhandler(ServerError)
    def refused(error: ServerError) -> tuple[Response, int]:
        status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
        if status == 503:
            log.error("page cannot be shown", path=request.path, trouble=str(error))
        return answer(status)

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> tuple[Response, int]:
        return answer(400)

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> tuple[Response, int]:
        return answer(error.code or 500)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> tuple[Response, int]:
        log.error("page failed", path=request.path, exc_info=error)
        return answer(500)


def answer(status: int) -> tuple[Response, int]:
    """Return what is said about a failure of that status; nothing that could fail again is asked for it."""
    g.failing = True
    title, advice = words(status)
    if request.path.startswith("/api/"):
        return jsonify(error=title, status=status), status
    return Response(render_template("failure.html", status=status, title=title, advice=advice)), status


def words(status: int) -> tuple[str, str]:
    """Return what happened and what to do about it."""
    texts = {
        400: (gettext("This could not be read"), gettext("Go back, load the page again and try once more.")),
        401: (gettext("Not signed in"), gettext("Sign in first.")),
        403: (gettext("Not allowed"), gettext("Your account may not do this. Ask your technician.")),
        404: (gettext("Not found"), gettext("There is nothing here that you can see.")),
        429: (gettext("Too many tries"), gettext("Wait a few minutes, then try again.")),
        503: (
            gettext("Out of reach"),
            gettext("The server cannot read its data now. The box on the cooler still works."),
        ),
    }
    broken = (gettext("Something broke"), gettext("It has been noted. The box on the cooler still works."))
    return texts.get(status, broken if status >= 500 else texts[400])
