"""Signing in and out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from coldchain_dashboards.languages import begin_session
from coldchain_dashboards.people import Person, checked
from coldchain_dashboards.tries import Tries


def blueprint(tries: Tries) -> Blueprint:
    """Return the pages for signing in and out; `tries` slows down whoever guesses."""
    pages = Blueprint("sign_in", __name__)

    @pages.get("/sign-in")
    def sign_in() -> str | Response:
        return (
            redirect(url_for("overview.overview")) if current_user.is_authenticated else render_template("sign_in.html")
        )

    @pages.post("/sign-in")
    def signed_in() -> Response | tuple[str, int]:
        name = request.form.get("name", "").strip().lower()
        viewer = checked(tries, name, request.form.get("password", ""), address=request.remote_addr or "")
        if viewer is None:
            flash(gettext("Name and password do not belong together."))
            return render_template("sign_in.html", name=name), 403
        begin_session()
        login_user(Person(viewer))
        return redirect(own_address(request.args.get("next")) or url_for("overview.overview"))

    @pages.post("/sign-out")
    @login_required  # type: ignore[untyped-decorator]
    def sign_out() -> Response:
        logout_user()
        begin_session()
        return redirect(url_for("sign_in.sign_in"))

    return pages


def own_address(asked: str | None) -> str | None:
    """Return `asked` where it leads to a page of this server and nowhere else."""
    if not asked or not asked.startswith("/") or asked.startswith("//") or "\\" in asked or not asked.isprintable():
        return None
    return asked
