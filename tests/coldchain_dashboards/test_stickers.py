"""The sticker on a cooler: a stranger sees state and action, and neither whose, where, how much nor since when."""

import re

import pytest
from flask.testing import FlaskClient

from coldchain_judgement.milk.events import MilkIn
from coldchain_judgement.milk.kinds import Milked
from coldchain_server.actions import MilkTold
from coldchain_server.errors import NotAllowed
from coldchain_server.fleet.model import Role
from coldchain_server.ledger.tables import AuditRow
from coldchain_server.viewer import Viewer
from invented.browsing import signed_in, token_of
from invented.world import NOW_MS, World

PAGE = "/units/menaka-2/sticker"
TECHNICIAN = Viewer(name="technician", role=Role.TECHNICIAN)


def put_up(client: FlaskClient) -> str:
    """Have a technician make a sticker, and return the path that it leads to."""
    token = token_of(client.get(PAGE).text)
    assert client.post(PAGE, data={"csrf_token": token}).status_code == 302
    (path,) = re.findall(r"http://localhost(/s/[\w-]+)<", client.get(PAGE).text)
    return str(path)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.split("<main>")[1].split("</main>", maxsplit=1)[0]).split())


def test_a_stranger_who_scans_it_sees_the_light_and_what_to_do_and_nothing_else(
    world: World, technician: FlaskClient
) -> None:
    told = MilkIn(at_ms=NOW_MS - 60_000, milked=Milked.JUST_NOW, litres=37.0)
    telling = MilkTold(key="told-1", unit="menaka-2", event=told, who="Mariama", channel="page")
    world.actions.tell_milk(TECHNICIAN, telling)
    shown = world.pages().test_client().get(f"{put_up(technician)}?lang=en")
    assert shown.status_code == 200
    assert words(shown.text) == "Act now Keep it closed. Test the milk before you sell any. Before midday."
    unit = world.fleet.units["menaka-2"]  # type: ignore[index]
    site = world.fleet.sites[unit.site]
    for hidden in (unit.id, unit.name, site.id, site.name, "12.4", "37", "<time", "Mariama", "technician"):
        assert hidden not in shown.text.split("<main>")[1], hidden
    assert shown.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert len(shown.data) < 20_000


def test_whoever_is_signed_in_sees_no_more_there(technician: FlaskClient) -> None:
    shown = technician.get(put_up(technician)).text
    assert "technician" not in shown
    assert "menaka" not in shown.lower()


def test_another_sticker_takes_the_place_of_the_first(world: World, technician: FlaskClient) -> None:
    first, second = put_up(technician), put_up(technician)
    stranger = world.pages().test_client()
    assert (stranger.get(first).status_code, stranger.get(second).status_code) == (404, 200)
    assert stranger.get("/s/AAAAAAAAAAAAAAAA").status_code == 404
    with world.sessions() as session:
        deeds = session.query(AuditRow).filter_by(action="put-up-sticker")
        assert [row.subject for row in deeds] == ["unit menaka-2"] * 2


def test_it_is_drawn_to_be_printed(technician: FlaskClient) -> None:
    put_up(technician)
    page = technician.get(PAGE).text
    assert 'class="segno"' in page
    assert "style=" not in page
    assert len(page.encode()) < 20_000


@pytest.mark.parametrize("name", ["menaka", "lab"])
def test_only_who_tends_devices_puts_stickers_up(world: World, name: str) -> None:
    client = signed_in(world, name)
    assert client.get(PAGE).status_code == 403
    assert "/sticker" not in client.get("/units/menaka-2").text
    with pytest.raises(NotAllowed):
        world.actions.put_up_sticker(Viewer(name="fati", role=Role.LAB), "menaka-2")
