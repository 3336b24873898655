"""Topics are read as they are written, and nothing else is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_contract.topics import Kind, Topic

names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@given(names, names, st.sampled_from(Kind))
def test_a_topic_is_read_as_it_is_written(site: str, device: str, kind: Kind) -> None:
    topic = Topic(SiteId(site), DeviceId(device), kind)
    assert Topic.parse(str(topic)) == topic


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not coldchain"),
        ("coldchain/v2/menaka/pi-1/live", "is not coldchain/v1"),
        ("coldchain/v1/menaka/live", "is not coldchain"),
        ("coldchain/v1/menaka/pi-1/live/x", "is not coldchain"),
        ("coldchain/v1/menaka/pi-1/Live", "ends in none of live"),
        ("coldchain/v1/+/pi-1/live", "not an identifier"),
        ("coldchain/v1/menaka//live", "not an identifier"),
    ],
)
def test_any_other_topic_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadIdentifier, match=says):
        Topic.parse(text)


@given(st.text())
def test_whatever_the_text_only_bad_identifier_is_raised(text: str) -> None:
    with pytest.raises(BadIdentifier):
        Topic.parse(text)


def test_what_the_server_says_does_not_go_up() -> None:
    assert {kind for kind in Kind if not kind.goes_up} == {Kind.CONFIG, Kind.STORED, Kind.REQUEST}
