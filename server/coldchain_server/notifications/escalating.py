"""Who is told next where nobody has answered, and when. Pure."""

import enum
from collections.abc import Sequence

import msgspec

from coldchain_server.fleet.model import Contact
from coldchain_server.notifications import reminding
from coldchain_server.notifications.settings import NotificationSettings


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Who is told `after_s` after the first; None: only where nobody before them was reached."""

    after_s: int | None
    contacts: tuple[Contact, ...]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """How far telling an incident has come: steps told and reminders, and when the last of each was.

    `reached` is whether anybody of the last step was told in a way that counts, or may yet be.
    """

    step: int
    step_ms: int
    reminders: int
    reminded_ms: int
    reached: bool


class Move(enum.Enum):
    """What to do about a round."""

    STEP = "step"
    REMIND = "remind"
    WAIT = "wait"
    REST = "rest"


class Why(enum.Enum):
    """Why a move is made."""

    FIRST = "the first are told at once"
    NO_ANSWER = "nobody has answered in time"
    NOT_REACHED = "nobody of the last step was told in a way that counts"
    REMINDED = "nobody has answered: whoever was told is reminded"
    NOT_YET = "there is time left to answer"
    ALL_TOLD = "everybody is told, and what is not critical is not repeated"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, why, and when to decide again (None: when something happens)."""

    move: Move
    why: Why
    at_ms: int | None


def decide(
    round: Round, steps: Sequence[Step], *, critical: bool, now_ms: int, settings: NotificationSettings
) -> Decision:
    """Return what to do at `now_ms` about an incident that is open and that nobody has answered."""
    step_ms, why = _next_step(round, steps, now_ms=now_ms)
    remind_ms = None
    if critical and round.step:
        remind_ms = reminding.due_ms(reminders=round.reminders, reminded_ms=round.reminded_ms, settings=settings)
        # First those who were told, then the next: or who is told just now would be reminded at once.
        if remind_ms <= now_ms:
            return Decision(move=Move.REMIND, why=Why.REMINDED, at_ms=now_ms)
    if step_ms is not None and step_ms <= now_ms:
        return Decision(move=Move.STEP, why=why, at_ms=now_ms)
    due = [at_ms for at_ms in (step_ms, remind_ms) if at_ms is not None]
    if not due:
        return Decision(move=Move.REST, why=Why.ALL_TOLD, at_ms=None)
    return Decision(move=Move.WAIT, why=Why.NOT_YET, at_ms=min(due))


def _next_step(round: Round, steps: Sequence[Step], *, now_ms: int) -> tuple[int | None, Why]:
    """Return when the next step is due, if there is one that comes by itself, and why then."""
    if round.step >= len(steps):
        return None, Why.ALL_TOLD
    if round.step == 0:
        return round.step_ms, Why.FIRST
    if not round.reached:
        return now_ms, Why.NOT_REACHED
    after_s, before_s = steps[round.step].after_s, steps[round.step - 1].after_s
    if after_s is None:
        return None, Why.ALL_TOLD
    return round.step_ms + (after_s - (before_s or 0)) * 1000, Why.NO_ANSWER
