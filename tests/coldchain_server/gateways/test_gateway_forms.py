"""What gateways and the modem hand over may be anything: it is read, or it is none, and nothing else happens."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.settings import Secret
from coldchain_server.gateways import africas_talking, twilio
from coldchain_server.gateways.events import Report
from coldchain_server.gateways.modem import came
from coldchain_server.gateways.protocol import Gateway
from coldchain_server.gateways.speech import Speech

GATEWAYS: list[Gateway] = [africas_talking, twilio]
_ATALK = ("from", "text", "id", "status", "sessionId", "isActive", "direction", "durationInSeconds", "dtmfDigits")
_TWILIO = ("From", "Body", "MessageSid", "MessageStatus", "ErrorCode", "CallSid", "CallStatus", "Direction", "Digits")
_FIELDS = st.sampled_from((*_ATALK, *_TWILIO))
_FORMS = st.dictionaries(_FIELDS, st.text(max_size=12), max_size=8)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60)


@pytest.mark.parametrize("gateway", GATEWAYS, ids=["africas-talking", "twilio"])
@given(form=_FORMS)
def test_any_form_is_read_or_is_none(gateway: Gateway, form: dict[str, str]) -> None:
    for read in (gateway.texted, gateway.reported, gateway.called):
        read(form)


@pytest.mark.parametrize("gateway", GATEWAYS, ids=["africas-talking", "twilio"])
@given(text=_TEXTS)
def test_whatever_is_said_comes_out_as_it_went_in(gateway: Gateway, text: str) -> None:
    speech = Speech(text=text, language="fr")
    for answer in (gateway.says(speech), gateway.asks(speech, key_to="https://x/?a=1&b=2")):
        said = ElementTree.fromstring(answer).find(".//Say")  # noqa: S314 - our own answer
        assert said is not None
        assert (said.text or "") == text


@given(st.text(max_size=200))
def test_any_file_of_the_inbox_is_a_message_or_said_to_be_none(content: str) -> None:
    try:
        came(content)
    except ValueError as error:
        assert "InboxFormat = detail" in str(error)


def test_a_signature_is_the_one_of_twilio_s_own_example() -> None:
    """From Twilio's documentation, "Validating requests": its address, form and token."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    made = twilio.signature("https://mycompany.com/myapp.php?foo=1&bar=2", form.items(), Secret("12345"))
    assert made == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.mark.parametrize(
    ("status", "report"),
    [("Success", Report.ARRIVED), ("Failed", Report.LOST), ("Rejected", Report.LOST)],
)
def test_africas_talking_s_last_words_on_an_sms_are_reports(status: str, report: Report) -> None:
    said = africas_talking.reported({"id": "ATXid_1", "status": status})
    assert said is not None
    assert said.report is report


@pytest.mark.parametrize("status", ["Sent", "Submitted", "Buffered", ""])
def test_a_message_on_its_way_has_no_report_yet(status: str) -> None:
    assert africas_talking.reported({"id": "ATXid_1", "status": status}) is None
