"""Going by what a site's tests teach, and no longer: put in force and withdrawn by who answers for it."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.milk.learning import Learnt
from coldchain_server.actions.audit import note
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet import offsets
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.lab.learning import kept
from coldchain_server.viewer import Viewer

LONGEST_REASON = 280


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decides about a site's offset: `seen` is the one that they were shown, None to go by none."""

    site: str
    seen: Learnt | None
    why: str


def decide(session: Session, fleet: Fleet, viewer: Viewer, decision: Decision, *, at_ms: int) -> int:
    """Go by an offset from now on, or by none; return the number of the entry in the site's history.

    Raises `UnknownThing` for a site that the viewer does not see, `NotAllowed` to a cooperative, `BadEntry` without a
    reason, where nothing changes, and where the tests teach something else by now than was shown.
    """
    site, why = _site(fleet, viewer, decision.site), _reason(decision.why)
    history = offsets.history(session, site)
    if (history[0].learnt if history else None) == decision.seen:
        raise BadEntry("it is so already")
    if decision.seen is not None:
        now = kept(session, site)
        if now is None or now.lesson.learnt != decision.seen:
            raise BadEntry("the tests teach something else by now: look at it again")
    number = offsets.add(session, site, decision.seen, who=viewer.name, why=why, at_ms=at_ms)
    action = "withdraw-offset" if decision.seen is None else "put-offset-in-force"
    detail = why if decision.seen is None else f"{decision.seen.log10:+.2f} log10: {why}"
    note(session, at_ms=at_ms, who=viewer.name, action=action, subject=f"site {site}", detail=detail)
    return number


def may_decide(viewer: Viewer) -> bool:
    """Return whether a viewer answers for how milk is reckoned: technicians, labs and administrators do."""
    return viewer.role is not Role.COOPERATIVE


def _site(fleet: Fleet, viewer: Viewer, name: str) -> SiteId:
    site = SiteId(name)
    if site not in fleet.sites or not viewer.sees(site):
        raise UnknownThing(f"no site {name[:64]!r} that you can see")
    if not may_decide(viewer):
        raise NotAllowed("how milk is reckoned is decided by technicians and labs")
    return site


def _reason(text: str) -> str:
    why = " ".join(text.split())
    if not why or len(why) > LONGEST_REASON:
        raise BadEntry(f"say in 1 to {LONGEST_REASON} characters why")
    return why
