"""Ways to people that do not work, as verdicts: whoever looks after them is told of it like of anything else."""

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Evidence, Standing, Why
from coldchain_server.ledger.tables import VerdictRow


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way to people: what it is known by, its site (empty: nobody's), and the rule that watches it."""

    subject: str
    rule: str
    level: Level
    site: str = ""


def say(session: Session, way: Way, *, dead: bool, now_ms: int, since_ms: int | None = None) -> bool:
    """Leave a verdict on a way, unless that is what was last said of it; False then. `since_ms` None: since now."""
    if dead_by_now(session, way) is dead:
        return False
    session.add(
        VerdictRow(
            site=way.site,
            unit="",
            subject=way.subject,
            rule=way.rule,
            standing=(Standing.BREACH if dead else Standing.FINE).value,
            level=way.level.value,
            reason=(Why.CHANNEL_DEAD if dead else Why.WITHIN).value,
            since_ms=now_ms if since_ms is None else since_ms,
            happened_ms=now_ms,
            learnt_ms=now_ms,
            evidence=msgspec.json.encode(Evidence()).decode(),
        )
    )
    session.flush()
    return True


def dead_by_now(session: Session, way: Way) -> bool:
    """Return whether a way was last said to be dead; of which nothing was ever said works."""
    said = select(VerdictRow.standing).where(VerdictRow.subject == way.subject, VerdictRow.rule == way.rule)
    return session.scalar(said.order_by(VerdictRow.id.desc()).limit(1)) == Standing.BREACH.value
