"""Settings: every mistake at once, each on one line with file, key, found, allowed and the nearest name."""

import enum
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, NewType
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from coldchain_contract.settings import BadSettings, Secret, describe, effective, nearest, read_settings

Name = NewType("Name", str)


class Colour(enum.Enum):
    GREEN = "green"
    AMBER = "amber"


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port")] = 1883
    password: Secret | None = None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    name: Name
    colour: Colour = Colour.GREEN
    litres: Annotated[float, Meta(gt=0, extra_json_schema={"unit": "l"})] | None = None

    def __post_init__(self) -> None:
        if self.litres == 13:
            raise ValueError("any number of litres but 13")


class House(msgspec.Struct, frozen=True, kw_only=True):
    broker: Broker
    sample_s: Annotated[int, Meta(ge=5, le=3600, description="between samples", extra_json_schema={"unit": "s"})] = 60
    folder: Path = Path("/var/lib")
    curfew: time | None = None
    zone: ZoneInfo = ZoneInfo("Africa/Bamako")
    units: dict[Name, Unit] = {}
    spare: tuple[Unit, ...] = ()
    channels: Annotated[tuple[str, ...], Meta(max_length=2)] = ()
    colours: tuple[Colour, ...] = ()
    keys: tuple[Secret, ...] = ()
    offset: float = 0.0
    span: tuple[float, float] = (0.0, 1.0)
    paths: dict[str, Path] = {}


def read(text: str, files: dict[str, str] | None = None) -> House:
    def read_file(path: str) -> str:
        try:
            return (files or {})[path]
        except KeyError:
            raise FileNotFoundError(2, "No such file", path) from None

    return read_settings(tomllib.loads(text), House, file="house.toml", read_file=read_file)


def mistakes(text: str, files: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        read(text, files)
    assert str(caught.value).splitlines() == [str(mistake) for mistake in caught.value.mistakes]
    return [str(mistake) for mistake in caught.value.mistakes]


WHOLE = """
sample_s = 30
folder = "/srv/coldchain"
curfew = 18:30:00
zone = "Africa/Niamey"
channels = ["console:", "mailto://x"]
colours = ["amber"]
keys = ["k1"]
span = [1, 2.5]
[broker]
host = "127.0.0.1"
password = "tr0ub4dor"
[units.cooler-1]
name = "Cooler 1"
colour = "amber"
litres = 200
[[spare]]
name = "box"
[paths]
log = "/var/log"
"""


def test_a_whole_file_becomes_a_frozen_value() -> None:
    house = read(WHOLE)
    assert house == House(
        broker=Broker(host="127.0.0.1", password=Secret("tr0ub4dor")),
        sample_s=30,
        folder=Path("/srv/coldchain"),
        curfew=time(18, 30),
        zone=ZoneInfo("Africa/Niamey"),
        units={Name("cooler-1"): Unit(name=Name("Cooler 1"), colour=Colour.AMBER, litres=200.0)},
        spare=(Unit(name=Name("box")),),
        channels=("console:", "mailto://x"),
        colours=(Colour.AMBER,),
        keys=(Secret("k1"),),
        span=(1.0, 2.5),
        paths={"log": Path("/var/log")},
    )


def test_a_time_of_day_may_be_a_text_of_hours_and_minutes() -> None:
    assert read('curfew = "18:30"\nbroker.host = "h"').curfew == time(18, 30)


def test_every_mistake_is_reported_at_once() -> None:
    found = mistakes("""
sampel_s = 30
sample_s = 2
folder = 7
curfew = "late"
zone = "Africa/Gao-City"
channels = ["a", "b", "c"]
colours = ["ambre", "green"]
[broker]
port = 70000
[units.cooler-1]
colour = "gren"
litres = -1
[[spare]]
name = "box"
litres = nan
""")
    assert found == [
        "house.toml: sampel_s: found an unknown key, allowed broker, channels, colours, curfew, folder, keys, offset, "
        "paths, sample_s, span, spare, units, zone; did you mean sample_s?",
        "house.toml: broker.host: found nothing, allowed a text",
        "house.toml: broker.port: found 70000, allowed a whole number from 1 to 65535",
        "house.toml: sample_s: found 2, allowed a whole number from 5 to 3600 s",
        "house.toml: folder: found 7, allowed a path",
        "house.toml: curfew: found 'late', allowed a time of day such as 18:30:00",
        "house.toml: zone: found 'Africa/Gao-City', allowed a time zone such as Africa/Bamako",
        "house.toml: units.cooler-1.name: found nothing, allowed a text",
        "house.toml: units.cooler-1.colour: found 'gren', allowed one of green, amber; did you mean green?",
        "house.toml: units.cooler-1.litres: found -1, allowed a number above 0 l",
        "house.toml: spare[0].litres: found nan, allowed a number above 0 l",
        "house.toml: channels: found a list of 3, allowed a list (at most 2 items) of a text",
        "house.toml: colours[0]: found 'ambre', allowed one of green, amber; did you mean amber?",
    ]


def test_a_missing_table_is_told_by_what_it_must_hold() -> None:
    assert mistakes("") == ["house.toml: broker.host: found nothing, allowed a text"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("broker = 1", "broker: found 1, allowed a table"),
        ("units = []", "units: found a list of 0, allowed a table of tables"),
        ("spare = 'box'", "spare: found 'box', allowed a list of a table"),
        ("units.x = 3", "units.x: found 3, allowed a table"),
        ("paths.x = 3", "paths.x: found 3, allowed a path"),
        ("folder = ''", "folder: found '', allowed a path"),
        ("sample_s = true", "sample_s: found true, allowed a whole number from 5 to 3600 s"),
        ("sample_s = 30.5", "sample_s: found 30.5, allowed a whole number from 5 to 3600 s"),
        ("sample_s = '30'", "sample_s: found '30', allowed a whole number from 5 to 3600 s"),
        ("offset = inf", "offset: found inf, allowed a number"),
        ("span = [1, nan]", "span: found a list of 2, allowed a list of 2: a number, then a number"),
        ("span = [1]", "span: found a list of 1, allowed a list of 2: a number, then a number"),
        ('units."a b" = 1', 'units."a b": found 1, allowed a table'),
    ],
)
def test_a_value_of_the_wrong_sort_is_named(text: str, mistake: str) -> None:
    rest = "" if text.startswith("broker") else '\nbroker.host = "h"'
    assert mistakes(text + rest) == [f"house.toml: {mistake}"]


def test_values_that_contradict_each_other_are_a_mistake_of_their_table() -> None:
    found = mistakes('broker.host = "h"\nunits.x.name = "X"\nunits.x.litres = 13')
    assert found == [
        "house.toml: units.x: found values that contradict each other, allowed any number of litres but 13"
    ]


class TestSecrets:
    def test_it_may_come_from_a_file_whose_line_end_is_dropped(self) -> None:
        house = read('broker = {host = "h", password_file = "/run/pw"}', {"/run/pw": " tr0ub4dor \r\n"})
        assert house.broker.password == Secret(" tr0ub4dor ")

    @pytest.mark.parametrize(
        ("settings", "mistake"),
        [
            ('password = "a", password_file = "/run/pw"', "found both password and password_file, allowed one of the"),
            ('password_file = "/gone"', "found '/gone', which cannot be read"),
            ('password_file = "/empty"', "found '/empty', which is empty"),
            ("password_file = 3", "found 3, allowed the path of a file"),
        ],
    )
    def test_a_file_that_does_not_give_one_is_a_mistake(self, settings: str, mistake: str) -> None:
        (found,) = mistakes(f'broker = {{host = "h", {settings}}}', {"/run/pw": "x", "/empty": "\n"})
        assert found.startswith(f"house.toml: broker.password_file: {mistake}")

    def test_only_a_secret_may_come_from_a_file(self) -> None:
        (found,) = mistakes('broker = {host = "h", port_file = "/run/port"}', {"/run/port": "1883"})
        assert "broker.port_file: found an unknown key" in found

    @pytest.mark.parametrize("value", ["98765", "['98765']", "{a = 98765}"])
    def test_a_secret_of_the_wrong_sort_is_not_shown(self, value: str) -> None:
        (found,) = mistakes(f'broker = {{host = "h", password = {value}}}')
        assert "98765" not in found
        assert "allowed a secret text, or the same key ending in _file with its path" in found

    def test_it_shows_itself_only_when_asked(self) -> None:
        secret = Secret("tr0ub4dor")
        shown = f"{secret} {secret!r} {[secret]} {Broker(host='h', password=secret)}"
        assert "tr0ub4dor" not in shown
        assert secret.reveal() == "tr0ub4dor"
        with pytest.raises(TypeError):
            msgspec.json.encode(secret)


def test_the_effective_settings_are_toml_with_secrets_masked() -> None:
    text = effective(read(WHOLE))
    assert "tr0ub4dor" not in text
    assert 'password = "********"' in text
    assert read(text.replace("********", "tr0ub4dor", 2).replace("tr0ub4dor", "k1", 1)) == read(WHOLE)


def test_a_setting_without_a_value_is_shown_as_a_comment() -> None:
    assert "# curfew is not set" in effective(read('broker.host = "h"'))


@given(st.dictionaries(st.text(), st.text()), st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_effective_settings_read_back_as_what_they_were(paths: dict[str, str], host: str, low: float) -> None:
    settings = House(broker=Broker(host=host), span=(low, 1e22), paths={key: Path("/" + key) for key in paths})
    data = tomllib.loads(effective(settings))
    assert read_settings(data, House, file="f", read_file=lambda path: Path(path).read_text()) == settings


def test_every_setting_is_described_with_unit_default_and_meaning() -> None:
    settings = {setting.key: setting for setting in describe(House)}
    assert settings["sample_s"].unit == "s"
    assert settings["sample_s"].default == "60"
    assert settings["sample_s"].description == "between samples"
    assert settings["broker.host"].required
    assert settings["broker.port"].allowed == "a whole number from 1 to 65535"
    assert settings["units.NAME.colour"].default == '"green"'
    assert settings["spare[].litres"].allowed == "a number above 0 l"
    assert settings["paths"].allowed == "a table whose values are each a path"


@pytest.mark.parametrize(("word", "near"), [("sampel", "sample"), ("SAMPLE", "sample"), ("zzz", "")])
def test_the_nearest_name_is_found_whatever_its_case(word: str, near: str) -> None:
    assert nearest(word, ["host", "sample"]) == near
