"""Who is signed in, by session cookie for people and by Basic authentication for programs."""

from flask import Flask, Request, abort, g
from flask_login import LoginManager, UserMixin, current_user

from coldchain_dashboards.parts import parts
from coldchain_dashboards.tries import Tries
from coldchain_server.viewer import Viewer


class Person(UserMixin):  # type: ignore[misc]
    """A viewer as Flask-Login carries them. A new password changes the stamp and so ends older sessions."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    def get_id(self) -> str:
        return f"{self.viewer.stamp}:{self.viewer.name}"


def recognise(app: Flask, tries: Tries) -> None:
    """Let `app` recognise who is signed in."""
    manager = LoginManager(app, add_context_processor=False)
    manager.login_view = "sign_in.sign_in"
    manager.session_protection = None  # phones change their address all day

    @manager.user_loader  # type: ignore[untyped-decorator]
    def by_session(kept: str) -> Person | None:
        stamp, _, name = kept.partition(":")
        viewer = parts().queries.viewer(name)
        return Person(viewer) if viewer is not None and viewer.stamp == stamp else None

    @manager.request_loader  # type: ignore[untyped-decorator]
    def by_password(request: Request) -> Person | None:
        given = request.authorization
        if given is None or given.type != "basic" or not request.path.startswith("/api/"):
            return None
        viewer = checked(tries, str(given.username), str(given.password), address=request.remote_addr or "")
        return Person(viewer) if viewer is not None else None


def checked(tries: Tries, name: str, password: str, *, address: str) -> Viewer | None:
    """Return who this is, or None; 429 where name or address failed too often lately."""
    keys = (f"name {name[:64]}", f"address {address}")
    if tries.must_wait(keys):
        abort(429)
    viewer = parts().actions.sign_in(name, password)
    if viewer is None:
        tries.failed(keys)
    else:
        tries.succeeded(keys[0])
    return viewer


def viewer() -> Viewer:
    """Return who is signed in, inside a view that asks for it."""
    found: Viewer = current_user.viewer
    return found


def viewer_or_none() -> Viewer | None:
    """Return who is signed in; None for nobody, and on a page that tells of a failure, where nothing is asked."""
    if g.get("failing"):
        return None
    return viewer() if current_user and current_user.is_authenticated else None
