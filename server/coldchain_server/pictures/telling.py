"""What a picture of a unit shows, and the sentence under it: how it stands now, in one language. Pure."""

from datetime import datetime

from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.light import Light
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.catalogue import Catalogue
from coldchain_server.notifications.fitting import Names, fitted
from coldchain_server.notifications.milk import MilkSaid
from coldchain_server.notifications.wording import action_text, since_text
from coldchain_server.pictures.picture import Scene

_NOTHING_IS_WRONG = (Why.WITHIN, Why.HEARD_AGAIN, Why.PROBE_MENDED, Why.WITHDRAWN)


def scene_of(
    words: Catalogue,
    unit: Unit,
    site: Site,
    *,
    light: Light,
    why: Why,
    since_ms: int | None,
    advice: Advice | None,
    now_ms: int,
    milk: MilkSaid | None = None,
) -> Scene:
    """Return what the picture of a unit shows at `now_ms`, in the language of `words` and the site's local time.

    `milk` is given where the advice is of the milk in it.
    """
    now = site.local(now_ms)
    state = words[f"state.{light.value}"]
    return Scene(
        light=light,
        state=state[:1].upper() + state[1:],
        unit=unit.name,
        site=site.name,
        what=_what(words, unit, site, why=why, since_ms=since_ms, now=now),
        action=action_text(words, _advice(advice, site, now), milk=milk),
        advice=_advice(advice, site, now),
        seen=words["picture.seen"].format(day=now.day, month=words[f"months.{now.month}"], time=f"{now:%H:%M}"),
    )


def sentence_of(words: Catalogue, unit: Unit, site: Site, scene: Scene) -> str:
    """Return what the picture says as one SMS, for those whose phone shows no pictures."""
    state = scene.what or words[f"state.{scene.light.value}"]
    return fitted(
        [
            lambda names: words["picture.fine"].format(
                place=words["place.unit"].format(unit=names.unit, site=names.site), state=state, action=scene.action
            )
        ],
        Names(unit=unit.name, site=site.name),
        instead=Names(unit=unit.id, site=site.id),
    )


def _advice(advice: Advice | None, site: Site, now: datetime) -> Advice:
    """Return the advice; nothing to do where there is none, and inside a curfew to stay inside all the same."""
    if advice is not None:
        return advice
    return Advice(action=Action.NOTHING, when=When.NOW, stay_inside=site.in_curfew(now.time()))


def _what(words: Catalogue, unit: Unit, site: Site, *, why: Why, since_ms: int | None, now: datetime) -> str:
    if why in _NOTHING_IS_WRONG:
        return ""
    hot = unit.kind is UnitKind.PASTEURISER
    keys = (f"wrong.{why.value}-hot", f"wrong.{why.value}", "wrong.other")
    wrong = next(words[key] for key in keys[not hot :] if key in words.texts)
    if since_ms is None:
        return wrong
    since = since_text(words, at=site.local(since_ms), now=now)
    return words["picture.since"].format(wrong=wrong, since=since)
