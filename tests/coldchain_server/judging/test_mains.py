"""Power that a device senses: said of its units once it has been away for a while, and once it is back."""

from coldchain_contract.messages import Status, encode_message
from coldchain_server.ledger.tables import DeviceStatusRow
from invented.watched import DEVICE, SITE, Watched


def says(watched: Watched, minute: float, *, mains: bool | None, online: bool = True) -> None:
    """Let the device's status come in that minute, and be judged."""
    watched.at(minute)
    now_ms = watched.clock.now_ms()
    text = encode_message(Status(at_ms=now_ms, online=online, mains=mains)).decode()
    with watched.sessions.begin() as session:
        session.merge(DeviceStatusRow(device=DEVICE, site=SITE, received_ms=now_ms, status=text))
    watched.judge()


def passes(watched: Watched, *minutes: float) -> None:
    for minute in minutes:
        watched.at(minute)
        watched.judge()


def power(watched: Watched) -> list[str]:
    return [line for line in watched.said() if " power " in line]


def test_power_that_is_gone_for_ten_minutes_is_said_of_the_unit_and_that_it_is_back(watched: Watched) -> None:
    says(watched, 0, mains=True)
    says(watched, 5, mains=False)
    passes(watched, 10, 14.5)
    assert power(watched) == ["milk power fine 0→0"]
    passes(watched, 15)
    assert power(watched)[-1] == "milk power breach 5→15"
    assert (watched.rows()[-1].reason, watched.rows()[-1].unit) == ("power-lost", "menaka-1")
    says(watched, 40, mains=True)
    passes(watched, 44.5)
    assert power(watched)[-1] == "milk power breach 5→15"
    passes(watched, 45)
    assert power(watched)[-1] == "milk power fine 40→45"


def test_a_blink_of_the_grid_is_nothing(watched: Watched) -> None:
    says(watched, 0, mains=True)
    says(watched, 5, mains=False)
    says(watched, 14, mains=True)
    passes(watched, 30)
    assert [line for line in power(watched) if "breach" in line] == []


def test_what_a_device_said_before_it_fell_silent_is_not_held_to_go_on(watched: Watched) -> None:
    says(watched, 0, mains=False)
    says(watched, 5, mains=False, online=False)
    passes(watched, 30, 60)
    assert [line for line in power(watched) if "breach" in line] == []


def test_a_restart_forgets_no_power_cut_and_a_device_that_senses_none_says_nothing(watched: Watched) -> None:
    says(watched, 0, mains=False)
    for minute in range(1, 12):
        watched.stage = watched.judging()
        passes(watched, minute)
    assert power(watched) == ["milk power breach 0→10"]
    says(watched, 12, mains=None)
    passes(watched, 40)
    assert power(watched) == ["milk power breach 0→10"]
