"""A browser without a screen: Flask's own client, signed in as a person would."""

from flask import Flask
from flask.testing import FlaskClient

from coldchain_dashboards.settings import WebSettings
from invented.world import PASSWORD, World


def token_of(page: str) -> str:
    """Return the token that the first form of `page` sends back."""
    return page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]


def signed_in(
    shown: World | Flask, name: str = "technician", *, language: str = "en", settings: WebSettings | None = None
) -> FlaskClient:
    """Return a client that has signed in as `name` and reads `language`."""
    pages = shown if isinstance(shown, Flask) else shown.pages(settings)
    client = pages.test_client()
    token = token_of(client.get(f"/sign-in?lang={language}").text)
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text
    return client
