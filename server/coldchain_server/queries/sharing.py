"""Reading a unit as something to share: a picture and its sentence, for the group that people have already."""

import msgspec
from sqlalchemy.orm import Session

from coldchain_judgement.advice import Advice
from coldchain_judgement.light import Light
from coldchain_server.fleet.model import Fleet, Unit
from coldchain_server.notifications.catalogue import Lexicon, Part
from coldchain_server.notifications.milk import MilkSaid, with_milk
from coldchain_server.pictures.picture import Scene
from coldchain_server.pictures.telling import scene_of, sentence_of
from coldchain_server.queries.milk_said import milks_of
from coldchain_server.queries.units import unit_story
from coldchain_server.queries.values import UnitNow


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as it stands, to be shared. `language` is the one really spoken, `languages` those there are."""

    unit: Unit
    language: str
    languages: tuple[str, ...]
    scene: Scene
    sentence: str


def share(session: Session, fleet: Fleet, unit: Unit, language: str, *, lexicon: Lexicon, now_ms: int) -> Share:
    """Return what to share of a unit in `language`, in French where that is not usable."""
    now, milk, advice = advised(session, fleet, unit, now_ms=now_ms)
    words = lexicon.catalogue(language, Part.ANSWERS)
    scene = scene_of(
        words,
        unit,
        now.site,
        light=now.light,
        why=now.why,
        since_ms=now.since_ms,
        advice=advice,
        milk=milk,
        now_ms=now_ms,
    )
    return Share(
        unit=unit,
        language=words.language,
        languages=tuple(sorted(lexicon.languages(Part.ANSWERS))),
        scene=scene,
        sentence=sentence_of(words, unit, now.site, scene),
    )


def advised(
    session: Session, fleet: Fleet, unit: Unit, *, now_ms: int
) -> tuple[UnitNow, MilkSaid | None, Advice | None]:
    """Return a unit as it stands, and what to do now: about the milk, with what is said of it, or about the unit."""
    now = unit_story(session, fleet, unit, now_ms=now_ms).now
    milk = milks_of(fleet)(session, unit, now_ms)
    wrong = now.advice if now.incidents or now.light is not Light.GREEN else None
    advice = with_milk(wrong, milk)
    return now, milk if advice is not wrong else None, now.advice if advice is None else advice
