"""What a picture says of a unit, over everything that may stand there: one sentence, one SMS, the rules of speech."""

from itertools import product

import pytest

from coldchain_judgement.advice import advise
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from coldchain_server.fleet.model import Site, Unit, UnitKind
from coldchain_server.notifications.catalogue import WRITTEN, written
from coldchain_server.notifications.sms import room_left, septets
from coldchain_server.pictures.telling import scene_of, sentence_of
from coldchain_server.words.everything import LONGEST_NAMES, every_occasion
from coldchain_server.words.forbidden import forbidden_in

SITE: Site = next(every_occasion("Frigo 2", LONGEST_NAMES[1])).news.site
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
MIDNIGHT_MS = 1_790_640_000_000


@pytest.mark.parametrize("language", WRITTEN)
@pytest.mark.parametrize("kind", [UnitKind.COOLER, UnitKind.PASTEURISER])
def test_the_sentence_is_one_sms_with_its_action_and_ends_as_the_hour_wants(language: str, kind: UnitKind) -> None:
    words = written(language)
    unit = Unit(id="menaka-2", site=SITE.id, name=LONGEST_NAMES[0], kind=kind, profile="daily")  # type: ignore[arg-type]
    for why, level, light, hour, ago, told in product(Why, Level, Light, (1, 9, 14, 21), (0, 26, None), (True, False)):
        now_ms = MIDNIGHT_MS + hour * HOUR_MS
        local = SITE.local(now_ms).time()
        curfew = SITE.in_curfew(local)
        hot = kind is UnitKind.PASTEURISER
        advice = advise(why, level, hot=hot, local=local, in_curfew=curfew) if told else None
        since_ms = None if ago is None else now_ms - ago * HOUR_MS
        scene = scene_of(words, unit, SITE, light=light, why=why, since_ms=since_ms, advice=advice, now_ms=now_ms)
        text = sentence_of(words, unit, SITE, scene)
        assert septets(text) is not None
        assert room_left(text) >= 0, text
        assert text.endswith(scene.action)
        assert text.endswith(words["stay-inside"]) == curfew, text
        assert not forbidden_in(f"{text} {scene.state}", language), text


def test_what_goes_on_is_said_with_since_when_and_what_does_not_is_not() -> None:
    words, now_ms = written("fr"), MIDNIGHT_MS + 9 * HOUR_MS
    unit = Unit(id="menaka-2", site=SITE.id, name="Frigo 2", kind=UnitKind.COOLER, profile="daily")  # type: ignore[arg-type]
    warm = scene_of(
        words, unit, SITE, light=Light.RED, why=Why.TOO_WARM, since_ms=now_ms - 2 * HOUR_MS, advice=None, now_ms=now_ms
    )
    assert warm.what == "trop chaud depuis ce matin 07:00"
    assert warm.state == "Agir maintenant"
    assert warm.seen == "Vu le 29 sept. 09:00"
    calm = scene_of(words, unit, SITE, light=Light.GREEN, why=Why.WITHIN, since_ms=None, advice=None, now_ms=now_ms)
    assert calm.what == ""
    assert "pas d'alerte. Rien à faire maintenant." in sentence_of(words, unit, SITE, calm)
