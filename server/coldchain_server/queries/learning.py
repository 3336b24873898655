"""What a site's tests teach as pages show it: what is proposed, its effect, what is gone by, and since when."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_contract.identifiers import SiteId
from coldchain_judgement.milk.learning import Learnt
from coldchain_judgement.milk.offset import LEAST_BATCHES, Effect, effects
from coldchain_server.errors import NotAllowed, UnknownThing
from coldchain_server.fleet import offsets
from coldchain_server.fleet.model import Fleet, Role, Site
from coldchain_server.fleet.offsets import OffsetEntry
from coldchain_server.lab.learning import LessonNow, kept
from coldchain_server.viewer import Viewer


class LearningNow(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of how a site's milk begins. `now` None: nothing was reckoned yet. `proposed` is what the tests
    teach where that is not in force; `effects` are of that, or of what is in force, against none. `history` is newest
    first; `needed` is how many tested batches it takes."""

    site: Site
    now: LessonNow | None
    in_force: Learnt | None
    proposed: Learnt | None
    effects: tuple[Effect, ...]
    history: tuple[OffsetEntry, ...]
    needed: int = LEAST_BATCHES

    @property
    def batches(self) -> int:
        """Return how many tested batches there are."""
        return 0 if self.now is None else self.now.lesson.batches


def learning_now(session: Session, fleet: Fleet, viewer: Viewer, name: str) -> LearningNow:
    """Return what a site's tests teach; `UnknownThing` where the viewer sees no such site, `NotAllowed` to a
    cooperative, who is told a part of the day and no ranges."""
    site = fleet.sites.get(SiteId(name))
    if site is None or not viewer.sees(site.id):
        raise UnknownThing(f"no site {name[:64]!r} that you can see")
    if viewer.role is Role.COOPERATIVE:
        raise NotAllowed("what tests teach of a site is for technicians and labs")
    history, now = offsets.history(session, site.id), kept(session, site.id)
    in_force = history[0].learnt if history else None
    learnt = None if now is None else now.lesson.learnt
    proposed = learnt if learnt != in_force else None
    shown = proposed or in_force
    return LearningNow(
        site=site,
        now=now,
        in_force=in_force,
        proposed=proposed,
        effects=() if shown is None else tuple(effects(shown.log10)),
        history=history,
    )
