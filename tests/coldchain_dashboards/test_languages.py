"""French and English: both complete, and the right one chosen."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import coldchain_dashboards
from coldchain_dashboards import texts
from coldchain_judgement.advice import Action, When
from coldchain_server.fleet.model import Role
from invented.browsing import signed_in
from invented.world import PASSWORD, World

FOLDER = Path(coldchain_dashboards.__file__).parent
FRENCH = FOLDER / "translations" / "fr" / "LC_MESSAGES"
_PLACEHOLDER = re.compile(r"%\(\w+\)\w")


def texts_in_code() -> set[str]:
    """Return every English text that a page can say."""
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(FOLDER, methods, keywords=keywords)
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _comments, _ in found}


@pytest.fixture(scope="module")
def french() -> Catalog:
    return read_po(BytesIO((FRENCH / "messages.po").read_bytes()), locale="fr")


def test_every_text_is_in_french_and_nothing_else_is(french: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in french if message.id}
    assert known == texts_in_code()
    assert len(known) > 100


def test_no_french_text_is_empty_or_in_doubt(french: Catalog) -> None:
    for message in french:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        assert message.id == "" or not message.fuzzy, message.id


def test_french_texts_have_the_same_gaps_to_fill_as_the_english(french: Catalog) -> None:
    for message in french:
        wanted = set(_PLACEHOLDER.findall(f"{message.id}"))
        assert set(_PLACEHOLDER.findall(f"{message.string}")) == wanted, message.id


def test_the_compiled_catalogue_is_the_written_one(french: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, french)
    assert compiled.getvalue() == (FRENCH / "messages.mo").read_bytes()


def test_everything_the_server_can_say_has_a_text() -> None:
    for kind in {type(thing) for thing in texts.SAID} | {Action, When, Role}:
        missing = [member for member in kind if member not in texts.SAID]
        assert missing == []


def test_the_address_chooses_and_the_choice_stays(world: World) -> None:
    client = signed_in(world, language="en")
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="fr">' in client.get("/?lang=fr").text
    assert '<html lang="fr">' in client.get("/incidents").text


def test_a_language_nobody_speaks_here_changes_nothing(quiet_world: World) -> None:
    assert '<html lang="fr">' in quiet_world.pages().test_client().get("/sign-in?lang=xx").text


def test_without_a_choice_the_persons_own_language_goes_before_the_browsers(quiet_world: World) -> None:
    quiet_world.actions.add_user("awa", PASSWORD, role=Role.ADMIN, site=None, language="en", who="test")
    client = quiet_world.pages().test_client()
    page = client.get("/sign-in", headers={"Accept-Language": "fr"}).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/sign-in", data={"name": "awa", "password": PASSWORD, "csrf_token": token})
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "fr"}).text


@pytest.mark.parametrize(("accepts", "language"), [("en-GB", "en"), ("ha, en;q=0.5", "en"), ("ha", "fr"), ("", "fr")])
def test_otherwise_the_browser_says_and_at_last_it_is_french(quiet_world: World, accepts: str, language: str) -> None:
    page = quiet_world.pages().test_client().get("/sign-in", headers={"Accept-Language": accepts}).text
    assert f'<html lang="{language}">' in page


def test_french_numbers_have_commas(world: World) -> None:
    assert "12,4\u00a0°C" in signed_in(world, language="fr").get("/").text
