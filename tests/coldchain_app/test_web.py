"""Serving the pages: on the port that was asked for, and stopped at once whoever is connected."""

import http.client
import time

import pytest
from flask import Flask

from coldchain_app.errors import AddressRefused
from coldchain_app.web import WebServer, free_port


def test_a_browser_that_keeps_its_connection_open_does_not_hold_up_the_end() -> None:
    pages = Flask(__name__)
    pages.add_url_rule("/", view_func=lambda: "here")
    web = WebServer(pages, host="127.0.0.1", port=0)
    web.start()
    browser = http.client.HTTPConnection("127.0.0.1", web.port, timeout=5)
    browser.request("GET", "/", headers={"Connection": "keep-alive"})
    assert browser.getresponse().read() == b"here"
    began = time.monotonic()
    web.stop()
    assert time.monotonic() - began < 2
    browser.close()


def test_a_usual_port_that_is_taken_gives_way_to_a_free_one() -> None:
    taken = WebServer(Flask(__name__), host="127.0.0.1", port=0)
    taken.start()
    assert free_port("127.0.0.1", taken.port) != taken.port
    with pytest.raises(AddressRefused, match=rf"127.0.0.1:{taken.port} .* Choose another \[web\] port"):
        WebServer(Flask(__name__), host="127.0.0.1", port=taken.port)
    taken.stop()
