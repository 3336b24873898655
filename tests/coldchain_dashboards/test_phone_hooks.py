"""What gateways post of calls and of messages they took: believed by key or signature, answered in their own way."""

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from coldchain_contract.settings import Secret
from coldchain_dashboards.pages import create_pages
from coldchain_dashboards.settings import WebSettings
from coldchain_server.answers.told import trial_id
from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.gateways.settings import AfricasTalkingSettings, Gateways, LineSettings, TwilioSettings
from coldchain_server.ledger.tables import AttemptRow, HeardRow, IncidentRow, NotificationRow, WordCheckRow
from coldchain_server.queries import Queries
from coldchain_server.words.checks import digest_of
from coldchain_server.words.recordings import Recordings
from coldchain_server.words.spoken import in_calls
from invented.sound import record
from invented.sourced_fleet import AMINATA, COOLER, PLACES, TEXT, sourced_fleet
from invented.world import MINUTE_MS, World, empty_world
from stand_ins import africas_talking, twilio
from stand_ins.twilio import signed

KEY, PAGES = "a-long-and-unlikely-key", "https://lait.example.org"
TRIAL = trial_id("aminata", now_ms=7)
POWER_LINE = "+22320000009"
CURFEW = 'zone = "Africa/Bamako"\ncurfew_from = 09:00:00\ncurfew_to = 10:00:00'
ATALK = AfricasTalkingSettings(
    username=africas_talking.USERNAME, api_key=Secret(africas_talking.KEY), caller=africas_talking.CALLER
)
TWILIO = TwilioSettings(
    account_sid=twilio.ACCOUNT, auth_token=Secret(twilio.TOKEN), sender=twilio.SENDER, caller=twilio.CALLER
)
GATEWAYS = Gateways(
    public_url=PAGES,
    africas_talking=ATALK,
    twilio=TWILIO,
    lines=(LineSettings(number=POWER_LINE, answer=LineAnswer.POWER_OUT),),
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = empty_world(tmp_path, sourced_fleet(TEXT + PLACES))
    yield world
    world.close()


def pages(world: World, gateways: Gateways = GATEWAYS, *, recordings: Path | None = None) -> FlaskClient:
    settings = WebSettings(sms_key=Secret(KEY))
    queries = Queries(
        sessions=world.sessions,
        fleet=world.fleet,
        store=world.store,
        clock=world.clock,
        spool=world.spool,
        recordings=Recordings(recordings) if recordings else None,
    )
    return create_pages(
        queries=queries, actions=world.actions, settings=settings, clock=world.clock, gateways=gateways
    ).test_client()


@pytest.fixture
def gateway(world: World) -> FlaskClient:
    return pages(world)


@pytest.fixture
def message(world: World) -> str:
    """A message that told Aminata of her cooler."""
    number = world.incident(COOLER, ago_ms=40 * MINUTE_MS)
    world.told(number, contact="aminata")
    with world.sessions() as session:
        return str(session.scalars(select(NotificationRow.id)).one())


def by_twilio(gateway: FlaskClient, path: str, form: dict[str, str], *, token: str = twilio.TOKEN) -> tuple[int, str]:
    answer = gateway.post(path, data=form, headers=signed(f"{PAGES}{path}", form, token=token))
    return answer.status_code, answer.text


def by_atalk(gateway: FlaskClient, path: str, form: dict[str, str], *, key: str = KEY) -> tuple[int, str]:
    answer = gateway.post(f"{path}?key={key}", data=form)
    return answer.status_code, answer.text


def parsed(answer: str) -> ElementTree.Element:
    return ElementTree.fromstring(answer)  # noqa: S314 - our own answer


def twilio_call(**more: str) -> dict[str, str]:
    return {"CallSid": "CA1", "From": twilio.CALLER, "To": AMINATA, "Direction": "outbound-api", **more}


def atalk_call(**more: str) -> dict[str, str]:
    numbers = {"callerNumber": AMINATA, "destinationNumber": africas_talking.CALLER}
    return {"sessionId": "ATVId_1", "isActive": "1", "direction": "Outbound", **numbers, **more}


def handled(world: World) -> list[str]:
    with world.sessions() as session:
        return [row.handling for row in session.scalars(select(IncidentRow).order_by(IncidentRow.id))]


def handed_over(world: World, message: str, kind: str, reference: str) -> None:
    with world.sessions.begin() as session:
        session.add(
            AttemptRow(
                notification_id=int(message),
                number=1,
                channel_kind=kind,
                began_ms=0,
                ended_ms=0,
                outcome="taken",
                said="",
                counts=True,
                reference=reference,
                report="",
                report_said="",
            )
        )


def told(world: World) -> list[tuple[str, bool, bool, str]]:
    with world.sessions() as session:
        return [
            (row.state, row.counts, row.fell_through, row.outcome) for row in session.scalars(select(NotificationRow))
        ]


def test_twilio_is_told_what_to_say_and_where_the_key_goes(gateway: FlaskClient, message: str) -> None:
    status, answer = by_twilio(gateway, f"/hooks/call/{message}", twilio_call(CallStatus="in-progress"))
    assert status == 200
    gather = parsed(answer).find("Gather")
    assert gather is not None
    assert gather.attrib["action"] == f"{PAGES}/hooks/call/{message}/key"
    assert (gather.attrib["numDigits"], gather.attrib["input"]) == ("1", "dtmf")
    say = gather.find("Say")
    assert say is not None
    assert say.attrib["language"] == "fr-FR"
    assert (say.text or "").startswith("Glacière 2: trop chaud depuis 08:50.")
    assert "Tapez 1: lait déplacé." in (say.text or "")


def test_africas_talking_is_told_what_to_say_by_the_id_it_was_given(gateway: FlaskClient, message: str) -> None:
    status, answer = by_atalk(gateway, "/hooks/call", atalk_call(clientRequestId=message))
    assert status == 200
    asked = parsed(answer).findall("GetDigits")
    assert len(asked) == 2
    assert asked[0].attrib == {
        "numDigits": "1",
        "timeout": "8",
        "callbackUrl": f"{PAGES}/hooks/call/{message}/key?key={KEY}",
    }
    assert len(list(asked[0])) == 1  # no more may be nested, as its documentation has it


@pytest.mark.parametrize(
    ("digits", "handling"), [("1", "milk-moved"), ("2", "power-out"), ("3", "will-look"), ("1#", "milk-moved")]
)
def test_a_key_is_an_answer_and_said_back(
    gateway: FlaskClient, world: World, message: str, digits: str, handling: str
) -> None:
    form = twilio_call(CallStatus="in-progress", Digits=digits)
    status, answer = by_twilio(gateway, f"/hooks/call/{message}/key", form)
    assert (status, handled(world)) == (200, [handling])
    said = parsed(answer).find("Say")
    assert said is not None
    assert "compris" in (said.text or "")


def test_a_key_comes_to_the_same_by_africas_talking(gateway: FlaskClient, world: World, message: str) -> None:
    status, answer = by_atalk(gateway, f"/hooks/call/{message}/key", atalk_call(dtmfDigits="2"))
    assert (status, handled(world)) == (200, ["power-out"])
    assert parsed(answer).find("Say") is not None


@pytest.mark.parametrize("digits", ["9", "7", "#"])
def test_nine_and_what_is_no_key_have_the_message_said_again(
    gateway: FlaskClient, world: World, message: str, digits: str
) -> None:
    form = twilio_call(CallStatus="in-progress", Digits=digits)
    _, answer = by_twilio(gateway, f"/hooks/call/{message}/key", form)
    said = parsed(answer).findtext("Gather/Say") or ""
    assert said.startswith("Je n'ai pas compris. ") == (digits == "7")
    assert "Tapez 1" in said
    assert handled(world) == [""]


def test_inside_a_curfew_the_menu_asks_nobody_to_go_and_the_last_words_are_to_stay(tmp_path: Path) -> None:
    world = empty_world(tmp_path, sourced_fleet(TEXT.replace('zone = "Africa/Bamako"', CURFEW) + PLACES))
    number = world.incident(COOLER, ago_ms=40 * MINUTE_MS)
    world.told(number, contact="aminata")
    gateway = pages(world)
    form = twilio_call(CallStatus="in-progress")
    say = parsed(by_twilio(gateway, "/hooks/call/1", form)[1]).find("Gather/Say")
    assert say is not None
    assert "je verrai au jour" in (say.text or "")
    assert (say.text or "").endswith("Ne sortez pas.")
    answer = by_twilio(gateway, "/hooks/call/1/key", {**form, "Digits": "3"})[1]
    assert handled(world) == ["will-look-at-daylight"]
    assert (parsed(answer).findtext("Say") or "").endswith("Ne sortez pas.")
    world.close()


def test_a_missed_call_is_rejected_unanswered_and_says_heard(gateway: FlaskClient, world: World, message: str) -> None:
    form = {"CallSid": "CA7", "From": AMINATA, "To": twilio.CALLER, "Direction": "inbound", "CallStatus": "ringing"}
    status, answer = by_twilio(gateway, "/hooks/call", form)
    assert status == 200
    assert [child.tag for child in parsed(answer)] == ["Reject"]
    assert handled(world) == ["heard"]


def test_a_missed_call_to_a_line_says_what_the_line_stands_for_and_is_confirmed_by_sms(
    gateway: FlaskClient, world: World, message: str
) -> None:
    form = {**atalk_call(direction="Inbound"), "destinationNumber": POWER_LINE}
    for active in ("1", "1", "0"):
        status, answer = by_atalk(gateway, "/hooks/call", {**form, "isActive": active})
        assert status == 200
    assert handled(world) == ["power-out"]
    assert [child.tag for child in parsed(answer)] == []
    with world.sessions() as session:
        (row,) = session.scalars(select(HeardRow))
        assert (row.way, row.channel_kind, row.state) == ("missed-call", "atalk-sms", "pending")


def test_a_call_from_a_number_nobody_has_is_rejected_and_answers_nothing(
    gateway: FlaskClient, world: World, message: str
) -> None:
    form = {**atalk_call(direction="Inbound"), "callerNumber": "+22399999999"}
    assert [child.tag for child in parsed(by_atalk(gateway, "/hooks/call", form)[1])] == ["Reject"]
    assert handled(world) == [""]


def test_a_message_that_arrived_says_so(gateway: FlaskClient, world: World, message: str) -> None:
    handed_over(world, message, "twilio-sms", "SM1")
    for status in ("sent", "delivered", "delivered"):
        answered = by_twilio(gateway, "/hooks/sms/report", {"MessageSid": "SM1", "MessageStatus": status})
        assert answered[0] == 204
    assert told(world) == [("sent", True, False, "arrived")]


def test_a_message_that_was_lost_does_not_count_as_told(gateway: FlaskClient, world: World, message: str) -> None:
    handed_over(world, message, "atalk-sms", "ATXid_1")
    form = {"id": "ATXid_1", "status": "Failed", "failureReason": "UserIsInactive", "phoneNumber": AMINATA}
    assert by_atalk(gateway, "/hooks/sms/report", form)[0] == 204
    assert told(world) == [("failed", False, True, "lost: UserIsInactive")]


@pytest.mark.parametrize(("status", "state"), [("completed", "sent"), ("no-answer", "failed"), ("busy", "failed")])
def test_a_call_that_nobody_picked_up_does_not_count_as_told(
    gateway: FlaskClient, world: World, message: str, status: str, state: str
) -> None:
    handed_over(world, message, "twilio-call", "CA1")
    by_twilio(gateway, "/hooks/call/report", twilio_call(CallStatus=status))
    assert told(world)[0][0] == state


@pytest.mark.parametrize(("seconds", "state"), [("12", "sent"), ("0", "failed")])
def test_africas_talking_s_last_word_on_a_call_is_its_report(
    gateway: FlaskClient, world: World, message: str, seconds: str, state: str
) -> None:
    handed_over(world, message, "atalk-call", "ATVId_1")
    form = atalk_call(isActive="0", clientRequestId=message, durationInSeconds=seconds)
    assert by_atalk(gateway, "/hooks/call", form) == (200, '<?xml version="1.0" encoding="UTF-8"?><Response />')
    assert told(world)[0][0] == state


def test_a_report_on_nothing_of_ours_is_taken_and_left_at_that(
    gateway: FlaskClient, world: World, message: str
) -> None:
    assert by_twilio(gateway, "/hooks/sms/report", {"MessageSid": "SM9", "MessageStatus": "failed"})[0] == 204
    assert told(world)[0][0] == "sent"


@pytest.mark.parametrize(
    "path", ["/hooks/call/1", "/hooks/call/1/key", "/hooks/call", "/hooks/call/report", "/hooks/sms"]
)
def test_nobody_speaks_for_twilio_without_its_signature(
    gateway: FlaskClient, world: World, message: str, path: str
) -> None:
    form = twilio_call(CallStatus="in-progress", Digits="1", Body="1")
    assert gateway.post(path, data=form).status_code == 403
    assert gateway.post(f"{path}?key={KEY}", data=form).status_code == 403
    assert by_twilio(gateway, path, form, token="another")[0] == 403
    changed = gateway.post(path, data={**form, "Digits": "2"}, headers=signed(f"{PAGES}{path}", form))
    assert changed.status_code == 403
    assert handled(world) == [""]


def test_nobody_speaks_for_africas_talking_without_the_key(gateway: FlaskClient, world: World, message: str) -> None:
    form = atalk_call(clientRequestId=message, dtmfDigits="1")
    assert by_atalk(gateway, "/hooks/call", form, key="wrong")[0] == 403
    assert gateway.post("/hooks/call", data=form).status_code == 403
    assert handled(world) == [""]


@pytest.mark.parametrize("message_id", ["999", "trial-nobody--1", "trial-aminata", "x"])
def test_a_call_that_nobody_made_is_not_found(gateway: FlaskClient, message_id: str) -> None:
    assert by_twilio(gateway, f"/hooks/call/{message_id}", twilio_call(CallStatus="in-progress"))[0] == 404


def test_a_trial_call_says_that_it_is_one_and_thanks_for_a_key(gateway: FlaskClient, world: World) -> None:
    form = twilio_call(CallStatus="in-progress")
    say = parsed(by_twilio(gateway, f"/hooks/call/{TRIAL}", form)[1]).find("Gather/Say")
    assert say is not None
    assert (say.text or "").startswith("Essai de coldchain pour Aminata")
    answer = by_twilio(gateway, f"/hooks/call/{TRIAL}/key", {**form, "Digits": "1"})[1]
    assert "Merci" in (parsed(answer).findtext("Say") or "")
    assert handled(world) == []


@pytest.mark.parametrize("form", [{}, {"CallSid": "CA1"}, {"sessionId": "ATVId_1"}, {"isActive": "1"}])
def test_what_is_no_event_of_a_call_is_refused(world: World, form: dict[str, str]) -> None:
    gateway = pages(world, Gateways())
    assert gateway.post(f"/hooks/call?key={KEY}", data=form).status_code == 400


def test_a_text_by_africas_talking_is_answered_by_an_sms_of_its_own(
    gateway: FlaskClient, world: World, message: str
) -> None:
    form = {"from": AMINATA, "to": "22333", "text": "1", "id": "ATXid_9", "linkId": "x", "date": "2026-11-22"}
    by_atalk(gateway, "/hooks/sms", form)
    with world.sessions() as session:
        (row,) = session.scalars(select(HeardRow))
        assert (row.channel_kind, row.state) == ("atalk-sms", "pending")


def test_a_text_by_twilio_is_answered_in_the_reply(gateway: FlaskClient, world: World, message: str) -> None:
    form = {"From": AMINATA, "To": twilio.SENDER, "Body": "1", "MessageSid": "SM3"}
    _, answer = by_twilio(gateway, "/hooks/sms", form)
    assert "compris" in (parsed(answer).findtext("Message") or "")
    with world.sessions() as session:
        assert [row.state for row in session.scalars(select(HeardRow))] == ["none"]


def recorded(world: World, folder: Path, *, listeners: tuple[str, ...] = ("Fati", "Ali"), without: str = "") -> Path:
    """Record all that a call may say in French, each clip checked by these listeners, but for one."""
    with world.sessions.begin() as session:
        for clip in in_calls(world.fleet):
            if clip == without:
                continue
            digest = digest_of(record(folder, "fr", clip).read_bytes())
            for listener in listeners:
                check = {"language": "fr", "key": clip, "kind": "voice", "digest": digest, "listener": listener}
                session.add(WordCheckRow(**check, at_ms=0, who="test"))
    return folder


def played(answer: str) -> str:
    found = parsed(answer).find(".//Play")
    return (found.text or "") if found is not None else ""


def test_what_is_recorded_is_played_and_so_is_the_thanks(world: World, message: str, tmp_path: Path) -> None:
    gateway = pages(world, recordings=recorded(world, tmp_path / "recordings"))
    form = twilio_call(CallStatus="in-progress")
    told_by = played(by_twilio(gateway, f"/hooks/call/{message}", form)[1])
    assert told_by.startswith(f"{PAGES}/hooks/recordings/")
    sound = gateway.get(told_by.removeprefix(PAGES))
    assert (sound.status_code, sound.mimetype) == (200, "audio/wav")
    with wave.open(io.BytesIO(sound.data)) as whole:
        assert whole.getnframes() / whole.getframerate() > 2  # each clip is half a second
    thanked_by = played(by_twilio(gateway, f"/hooks/call/{message}/key", {**form, "Digits": "1"})[1])
    assert gateway.get(thanked_by.removeprefix(PAGES)).status_code == 200
    assert handled(world) == ["milk-moved"]


def test_africas_talking_is_given_the_recording_in_its_own_way(world: World, message: str, tmp_path: Path) -> None:
    gateway = pages(world, recordings=recorded(world, tmp_path / "recordings"))
    answer = by_atalk(gateway, "/hooks/call", atalk_call(clientRequestId=message))[1]
    play = parsed(answer).find("GetDigits/Play")
    assert play is not None
    assert gateway.get(play.attrib["url"].removeprefix(PAGES)).status_code == 200


@pytest.mark.parametrize("flaw", [{"listeners": ("Fati",)}, {"without": "call.thanks"}, {"without": "site.menaka"}])
def test_a_call_of_which_anything_is_not_recorded_or_not_checked_is_spoken(
    world: World, message: str, tmp_path: Path, flaw: dict[str, Any]
) -> None:
    gateway = pages(world, recordings=recorded(world, tmp_path / "recordings", **flaw))
    answer = by_twilio(gateway, f"/hooks/call/{message}", twilio_call(CallStatus="in-progress"))[1]
    assert parsed(answer).find("Gather/Say") is not None


def test_a_recording_is_found_under_an_address_of_ours_only(world: World, message: str, tmp_path: Path) -> None:
    gateway = pages(world, recordings=recorded(world, tmp_path / "recordings"))
    form = twilio_call(CallStatus="in-progress")
    address = played(by_twilio(gateway, f"/hooks/call/{message}", form)[1]).removeprefix(PAGES)
    assert gateway.get(address.replace("/recordings/", "/recordings/x")).status_code == 404
    assert gateway.get("/hooks/recordings/W10.wav").status_code == 404
    elsewhere = pages(world, recordings=tmp_path / "recordings")  # another key signs there
    assert elsewhere.get(address).status_code == 404


def test_a_recording_that_is_taken_away_meanwhile_is_not_found(world: World, message: str, tmp_path: Path) -> None:
    gateway = pages(world, recordings=recorded(world, tmp_path / "recordings"))
    form = twilio_call(CallStatus="in-progress")
    address = played(by_twilio(gateway, f"/hooks/call/{message}", form)[1]).removeprefix(PAGES)
    for file in (tmp_path / "recordings" / "fr").glob("unit.*"):
        file.unlink()
    assert gateway.get(address).status_code == 404
