"""Sharing a unit: its picture and its sentence, for who may see it."""

import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from flask.testing import FlaskClient
from PIL import Image

from coldchain_judgement.milk.events import MilkIn
from coldchain_server.actions import MilkTold
from coldchain_server.fleet.model import Role
from coldchain_server.notifications.catalogue import FIRST, written
from coldchain_server.viewer import Viewer
from coldchain_server.words.checks import Check, Kind, digest_of
from coldchain_server.words.rows import put_check, put_text
from invented.browsing import signed_in
from invented.world import NOW_MS, World


def test_a_unit_is_shared_as_a_picture_of_30_kb_at_most(technician: FlaskClient) -> None:
    answer = technician.get("/units/menaka-2/share.png?lang=fr")
    assert answer.mimetype == "image/png"
    assert len(answer.data) <= 30 * 1024
    assert Image.open(io.BytesIO(answer.data)).size == (600, 600)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_sentence_stands_under_it_and_goes_to_whatsapp(world: World) -> None:
    page = signed_in(world, language="fr").get("/units/menaka-2/share").text
    sentence = re.search(r'<p lang="fr" dir="auto">([^<]+)</p>', page)
    assert sentence is not None
    assert sentence[1].startswith("Glacière 2, Coopérative Tidawt de Ménaka: trop chaud depuis ")
    address = re.search(r'href="(https://wa\.me/[^"]+)"', page)
    assert address is not None
    assert parse_qs(urlsplit(address[1]).query)["text"] == [sentence[1].replace("&#39;", "'")]
    assert len(page.encode()) < 20_000


def test_what_its_milk_wants_is_shared_where_nothing_else_is_wrong(quiet_world: World) -> None:
    told = MilkTold(key=str(uuid4()), unit="menaka-1", event=MilkIn(at_ms=NOW_MS), who="fati", channel="page")
    quiet_world.actions.tell_milk(Viewer(name="fati", role=Role.TECHNICIAN), told)
    page = signed_in(quiet_world, language="fr").get("/units/menaka-1/share").text
    assert "Testez avant de vendre. Sans test, pour personne." in page


def test_a_unit_leads_to_what_can_be_shared_of_it(technician: FlaskClient) -> None:
    assert 'href="/units/menaka-2/share"' in technician.get("/units/menaka-2").text


def test_the_picture_speaks_the_language_that_is_asked_for_once_it_is_checked(world: World) -> None:
    client = signed_in(world)
    french = client.get("/units/menaka-2/share.png?lang=fr").data
    assert client.get("/units/menaka-2/share.png?lang=en").data != french
    assert client.get("/units/menaka-2/share.png?lang=ttq").data == french
    with world.sessions.begin() as session:
        for key, text in written(FIRST).texts.items():
            said = "Qqim." if key == "stay-inside" else text.replace("trop chaud", "yuksa")
            put_text(session, "ttq", key, said, at_ms=1, who="moussa")
            for listener in ("Fati", "Mina"):
                check = Check(language="ttq", key=key, kind=Kind.TEXT, digest=digest_of(said), listener=listener)
                put_check(session, check, at_ms=1, who="moussa")
    assert client.get("/units/menaka-2/share.png?lang=ttq").data != french
    page = client.get("/units/menaka-2/share?lang=ttq").text
    assert "yuksa" in page
    assert '<b aria-current="page">ttq</b>' in page


def test_nobody_shares_what_they_do_not_see(world: World) -> None:
    other = signed_in(world, "menaka")
    assert other.get("/units/menaka-2/share").status_code == 200
    for path in ("/units/tillia-1/share", "/units/tillia-1/share.png", "/units/none/share.png"):
        assert other.get(path).status_code == 404
    stranger = world.pages().test_client()
    assert stranger.get("/units/menaka-2/share.png").status_code == 302


def test_the_font_says_whose_it_is() -> None:
    folder = Path(__file__).parents[2] / "server" / "coldchain_server" / "pictures"
    assert (folder / "sans-bold.ttf").is_file()
    assert "Copyright (c) 2003 by Bitstream" in (folder / "FONT.md").read_text(encoding="utf-8")
