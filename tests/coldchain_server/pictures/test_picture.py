"""The picture to share: small, the same every time, told by shape as well as colour, and with its words in it."""

import io
from itertools import pairwise

import pytest
from PIL import Image

from coldchain_judgement.advice import Action, Advice, When
from coldchain_judgement.light import Light
from coldchain_server.pictures.canvas import LARGEST_BYTES
from coldchain_server.pictures.pictograms import ACTIONS, PICTOGRAMS, WHENS
from coldchain_server.pictures.picture import Scene, picture
from coldchain_server.words.everything import LONGEST_NAMES


def scene(
    light: Light = Light.RED,
    *,
    action: Action = Action.KEEP_CLOSED_AND_TEST,
    when: When = When.BEFORE_MIDDAY,
    stay_inside: bool = False,
    unit: str = "Frigo 2",
    site: str = "Ménaka",
    what: str = "trop chaud depuis ce matin 06:10",
) -> Scene:
    return Scene(
        light=light,
        state="Agir maintenant",
        unit=unit,
        site=site,
        what=what,
        action="Gardez fermé. Testez le lait avant midi, pas de vente avant.",
        advice=Advice(action=action, when=when, stay_inside=stay_inside),
        seen="Vu le 10 mai 08:00",
    )


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("light", Light)
def test_every_picture_is_smaller_than_what_2g_carries_in_ten_seconds(light: Light) -> None:
    for action in Action:
        unit, site = LONGEST_NAMES
        content = picture(scene(light, action=action, when=When.IN_THE_MORNING, stay_inside=True, unit=unit, site=site))
        assert len(content) <= LARGEST_BYTES, (action, len(content))
        assert opened(content).size == (600, 600)


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert picture(scene()) == picture(scene())


def test_every_action_and_time_has_pictures_of_its_own() -> None:
    assert set(ACTIONS) == set(Action)
    assert set(WHENS) == set(When) - {When.NOW}
    assert {*WHENS.values(), "home", *(name for names in ACTIONS.values() for name in names)} == set(PICTOGRAMS)
    drawn = {picture(scene(action=action)) for action in Action}
    alike = len({ACTIONS[action] for action in Action})
    assert len(drawn) == alike


def test_lights_differ_by_shape_and_not_by_colour_alone() -> None:
    """In grey, without the words, the four lamps cover different areas."""
    lamps = {light: opened(picture(scene(light))).convert("L").crop((30, 20, 150, 130)) for light in Light}
    dark = {light: lamp.point(lambda tone: 255 if tone < 160 else 0).histogram()[255] for light, lamp in lamps.items()}
    areas = sorted(dark.values())
    assert all(larger - smaller > 400 for smaller, larger in pairwise(areas)), dark


def test_staying_inside_is_drawn_and_so_is_by_when() -> None:
    plain = picture(scene(when=When.NOW))
    assert picture(scene(when=When.NOW, stay_inside=True)) != plain
    assert len({picture(scene(when=when)) for when in When}) == len(When)


def test_whatever_the_words_are_they_stay_inside_the_picture() -> None:
    wide = opened(picture(scene(unit="W" * 40, site="M" * 40, what="W" * 30 + " " + "M" * 30))).convert("L")
    margin = wide.crop((596, 150, 600, 600))
    assert sum(margin.histogram()[:240]) == 0


def test_names_in_letters_of_the_region_are_drawn_and_not_boxes() -> None:
    drawn = {picture(scene(unit=letter * 3)) for letter in "ɓɗƙƴɲŋɛɔǝɣعⴰ"}
    assert len(drawn) == 12
