"""Who gets in, who stays in, and who does not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_dashboards.secret import kept_secret
from coldchain_dashboards.settings import WebSettings
from coldchain_dashboards.sign_in import own_address
from coldchain_dashboards.tries import Tries
from invented.browsing import signed_in, token_of
from invented.world import PASSWORD, World


@pytest.mark.parametrize("path", ["/", "/units/menaka-1", "/incidents", "/incidents/1"])
def test_whoever_has_not_signed_in_is_asked_to(quiet_world: World, path: str) -> None:
    answer = quiet_world.pages().test_client().get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")


def test_signing_in_leads_back_to_where_one_wanted_to_go(quiet_world: World) -> None:
    client = quiet_world.pages().test_client()
    wanted = client.get("/units/menaka-1?span=6h").location
    token = token_of(client.get(wanted).text)
    answer = client.post(wanted, data={"name": "Technician ", "password": PASSWORD, "csrf_token": token})
    assert answer.location == "/units/menaka-1?span=6h"


def test_signing_out_ends_it(quiet_world: World) -> None:
    client = signed_in(quiet_world)
    client.post("/sign-out", data={"csrf_token": token_of(client.get("/").text)})
    assert client.get("/").status_code == 302


def test_a_new_password_ends_sessions_opened_with_the_old_one(quiet_world: World) -> None:
    client = signed_in(quiet_world)
    quiet_world.actions.set_password("technician", "une autre phrase", who="admin")
    assert client.get("/").status_code == 302


def test_a_session_signed_by_another_key_is_nobodys(quiet_world: World) -> None:
    cookie = signed_in(quiet_world).get_cookie("coldchain")
    assert cookie is not None
    other = quiet_world.pages().test_client()
    other.set_cookie("coldchain", cookie.value)
    assert other.get("/").status_code == 302


def test_after_some_wrong_passwords_even_the_right_one_has_to_wait(quiet_world: World) -> None:
    client = quiet_world.pages(WebSettings(sign_in_tries=3)).test_client()
    token = token_of(client.get("/sign-in").text)

    def enter(password: str) -> int:
        given = {"name": "technician", "password": password, "csrf_token": token}
        return client.post("/sign-in", data=given).status_code

    assert [enter("wrong password") for _ in range(4)] == [403, 403, 403, 429]
    assert enter(PASSWORD) == 429


def test_wrong_tries_are_forgotten_after_the_wait() -> None:
    now = [0.0]
    tries = Tries(most=2, wait_s=60, monotonic=lambda: now[0])
    for _ in range(2):
        tries.failed(["name a"])
    assert tries.must_wait(["name a", "address 1"])
    assert not tries.must_wait(["name b"])
    now[0] = 60.1
    assert not tries.must_wait(["name a"])


def test_signing_in_forgives_the_name_but_not_the_address() -> None:
    tries = Tries(most=1, wait_s=60, monotonic=lambda: 0.0)
    tries.failed(["name a", "address 1"])
    tries.succeeded("name a")
    assert not tries.must_wait(["name a"])
    assert tries.must_wait(["address 1"])


def test_the_session_cookie_is_out_of_scripts_reach(quiet_world: World) -> None:
    cookie = signed_in(quiet_world).get_cookie("coldchain")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_with_https_the_session_cookie_travels_over_nothing_else(quiet_world: World) -> None:
    client = quiet_world.pages(WebSettings(https=True)).test_client()
    client.get("/sign-in", base_url="https://localhost")
    cookie = client.get_cookie("coldchain")
    assert cookie is not None
    assert cookie.secure


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/\nevil"])
def test_signing_in_leads_to_no_other_host(evil: str) -> None:
    assert own_address(evil) is None


@given(st.text())
def test_wherever_signing_in_leads_it_stays_on_this_server(asked: str) -> None:
    address = own_address(asked)
    assert address is None or (address.startswith("/") and not address.startswith(("//", "/\\")))


def test_the_key_of_sessions_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    made = kept_secret(path)
    assert kept_secret(path) == made
    assert len(made) == 64
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_a_power_cut_left_empty_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.touch()
    assert len(kept_secret(path)) == 64
