"""What is said aloud: the same advice as in the text, in clips that somebody can record."""

from functools import cache

import pytest

from coldchain_judgement.advice import Action, When
from coldchain_judgement.clips import clips_for
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.catalogue import WRITTEN, written
from coldchain_server.notifications.news import advice_on
from coldchain_server.words.everything import SHORT_NAMES, Occasion, every_occasion
from coldchain_server.words.forbidden import MAY_SAY_BOIL, forbidden_in
from coldchain_server.words.scripts import script
from coldchain_server.words.spoken import CALL, GOOD_NEWS, clips_of, good_news_clips, in_calls, wanted
from invented.fleet import invented_fleet

FLEET: Fleet = invented_fleet("Africa/Bamako")
TELLABLE = set(in_calls(FLEET))


@cache
def said() -> tuple[tuple[Occasion, tuple[str, ...]], ...]:
    return tuple(
        (occasion, clips_of(occasion.news, now_ms=occasion.now_ms)) for occasion in every_occasion(*SHORT_NAMES)
    )


def test_everything_that_is_ever_said_is_among_what_is_to_be_recorded() -> None:
    for occasion, clips in said():
        assert set(clips) <= TELLABLE, (occasion, clips)
    assert {*CALL, GOOD_NEWS} <= TELLABLE
    assert set(wanted(FLEET)) == TELLABLE | set(clips_for(FLEET.units))


def test_inside_the_curfew_and_only_there_the_last_clip_is_do_not_go_out() -> None:
    for occasion, clips in said():
        site = occasion.news.site
        in_curfew = site.in_curfew(site.local(occasion.now_ms).time())
        assert (clips[-1] == "stay-inside") == in_curfew, clips
        assert "stay-inside" not in clips[:-1]


def test_a_voice_gives_the_one_action_of_the_text_and_its_time() -> None:
    for occasion, clips in said():
        advice = advice_on(occasion.news, now_ms=occasion.now_ms)
        assert [clip for clip in clips if clip.startswith("action.")] == [f"action.{advice.action.value}"]
        when = [] if advice.when is When.NOW else [f"when.{advice.when.value}"]
        assert [clip for clip in clips if clip.startswith("when.")] == when


def test_a_voice_begins_with_the_place_and_says_what_and_since_when() -> None:
    for occasion, clips in said():
        place = ["site.menaka"] if occasion.news.unit is None else ["unit.menaka-2", "site.menaka"]
        assert list(clips[: len(place)]) == place
        assert len([clip for clip in clips if clip.startswith(("why.", "over."))]) == 1
        assert len([clip for clip in clips if clip.startswith("since.")]) == 1


@pytest.mark.parametrize("language", WRITTEN)
def test_every_clip_has_words_to_read_aloud_without_what_is_filled_in(language: str) -> None:
    for clip in wanted(FLEET):
        words = script(clip, written(language), FLEET)
        assert words.strip() == words != "", clip
        assert not set("{}") & set(words), clip
        may_say_boil = clip in MAY_SAY_BOIL or f"spoken.{clip}" in MAY_SAY_BOIL
        assert not forbidden_in(words, language, may_say_boil=may_say_boil), clip


def test_what_is_read_aloud_for_an_action_leaves_its_time_to_a_clip_of_its_own() -> None:
    for action in Action:
        words = script(next(clip for clip in wanted(FLEET) if clip == f"action.{action.value}"), written("fr"), FLEET)
        assert "  " not in words
        assert " ," not in words
        assert " ." not in words


def test_good_news_ends_inside_the_curfew_too() -> None:
    site = next(iter(FLEET.sites.values()))
    noon, night = 1_790_000_000_000, 1_790_000_000_000 + 12 * 3_600_000
    assert {good_news_clips(site, now_ms=at)[1] for at in (noon, night)} == {GOOD_NEWS}
    inside = {at for at in (noon, night) if site.in_curfew(site.local(at).time())}
    assert {at for at in (noon, night) if good_news_clips(site, now_ms=at)[-1] == "stay-inside"} == inside
