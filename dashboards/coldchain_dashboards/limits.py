"""The limits milk is judged by: shown to whoever is judged by them, changed by technicians, with their history."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import login_required
from werkzeug.wrappers import Response

from coldchain_dashboards.parts import parts
from coldchain_dashboards.people import viewer
from coldchain_judgement.limits import Profile
from coldchain_server.actions import Refused, celsius_typed
from coldchain_server.errors import BadEntry
from coldchain_server.queries.profiles import ProfileNow

DEGREES = ("celsius", "clear_celsius")
MINUTES = ("for_s", "clear_for_s")
_OF_THE_PROFILE = ("silent_after_s", "fault_after_s", "held_s")

blueprint = Blueprint("limits", __name__)


class LimitsPage(msgspec.Struct, frozen=True, kw_only=True):
    now_ms: int
    profiles: tuple[ProfileNow, ...]


class ProfilePage(msgspec.Struct, frozen=True, kw_only=True):
    """One profile; `typed` holds what a refused form was sent with, `wrong` why, in the server's words."""

    now_ms: int
    one: ProfileNow
    typed: Mapping[str, str] = {}
    wrong: str = ""


@blueprint.get("/limits")
@login_required  # type: ignore[untyped-decorator]
def profiles() -> str:
    page = LimitsPage(now_ms=parts().clock.now_ms(), profiles=parts().queries.profiles(viewer()))
    return render_template("limits.html", page=page)


@blueprint.get("/limits/<name>")
@login_required  # type: ignore[untyped-decorator]
def profile(name: str) -> str:
    return _shown(name)


@blueprint.post("/limits/<name>")
@login_required  # type: ignore[untyped-decorator]
def change(name: str) -> Response | tuple[str, int]:
    typed = request.form
    try:
        table = table_typed(parts().queries.profile(viewer(), name).profile, typed)
        parts().actions.edit_profile(viewer(), name, table, why=typed.get("why", ""))
    except (BadEntry, Refused) as wrong:
        return _shown(name, typed=typed, wrong=str(wrong)), 422
    flash(gettext("Changed. The server goes by it within half a minute."))
    return redirect(url_for("limits.profile", name=name))


@blueprint.post("/limits/<name>/restore")
@login_required  # type: ignore[untyped-decorator]
def restore(name: str) -> Response | tuple[str, int]:
    number = request.form.get("number", type=int)
    why = gettext("as it was after change %(number)s", number=number) if number else gettext("as before all changes")
    parts().actions.restore_profile(viewer(), name, number or 0, why=why)
    flash(gettext("Changed. The server goes by it within half a minute."))
    return redirect(url_for("limits.profile", name=name))


def table_typed(profile: Profile, typed: Mapping[str, str]) -> dict[str, object]:
    """Return `profile` as a table with the numbers that were typed in place of its own; what was not typed stays.

    Degrees are typed as people write them, spans in minutes. Raises `Refused` for what is no temperature, `BadEntry`
    for what is no number of minutes.
    """
    table: dict[str, Any] = msgspec.to_builtins(profile)
    del table["name"]
    for field in _OF_THE_PROFILE:
        table[field] = _seconds(typed.get(field), table[field])
    for place, limit in enumerate(table["limits"]):
        for field in DEGREES:
            text = typed.get(f"{field}-{place}")
            limit[field] = limit[field] if text is None else celsius_typed(text)
        for field in MINUTES:
            limit[field] = _seconds(typed.get(f"{field}-{place}"), limit[field])
    return table


def _seconds(text: str | None, now: int) -> int:
    if text is None:
        return now
    if not text.strip().isdecimal():
        raise BadEntry(gettext("%(text)s is no number of minutes, such as 30", text=text.strip()[:20] or "?"))
    return int(text) * 60


def _shown(name: str, *, typed: Mapping[str, str] | None = None, wrong: str = "") -> str:
    given = parts()
    page = ProfilePage(
        now_ms=given.clock.now_ms(), one=given.queries.profile(viewer(), name), typed=typed or {}, wrong=wrong
    )
    return render_template("profile.html", page=page)
