"""The recovery ladder: what is done, in which order and how often, when the server is silent."""

from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from coldchain_device.card import CardFile
from coldchain_device.doctor.finding import Grade
from coldchain_device.doctor.recovery import examine_recovery
from coldchain_device.errors import BadOutput, RecoveryFailed
from coldchain_device.recovery import Action, Climb, Recovery, Step, open_recovery
from coldchain_device.recovery.drivers import Commands, ModemManager, doer_of, open_drivers
from coldchain_device.recovery.ladder import next_step, took, usable
from coldchain_device.recovery.settings import DEFAULT_STEPS, CommandSettings, RecoverySettings
from coldchain_device.troubles import TroubleBook, Troubles
from coldchain_device.uplink.signs import Signs

MINUTE, HOUR = 60.0, 3600.0
LADDER = tuple(Step(after_s=one.after_s, action=one.action) for one in DEFAULT_STEPS)
ALL = frozenset(Action)
AWAY = Signs(unheard_since_s=0.0, broker_answers=False)


def climbed(
    able: frozenset[Action], *, until_s: float, broker_answers: bool = False, every_s: float = MINUTE
) -> list[tuple[float, Action]]:
    """Return what is done, and after how many minutes, while the server stays silent."""
    climb, done, now_s = Climb(since_s=0.0), [], 0.0
    while now_s <= until_s:
        steps = usable(LADDER, able=able, broker_answers=broker_answers)
        step = next_step(steps, climb, now_s=now_s, again_after_s=6 * HOUR)
        if step is not None:
            climb = took(climb, step, now_s=now_s)
            done.append((now_s / MINUTE, step.action))
        now_s += every_s
    return done


def test_the_steps_come_after_10_20_40_and_60_minutes_and_6_hours() -> None:
    assert climbed(ALL, until_s=7 * HOUR) == [
        (10, Action.RECONNECT),
        (20, Action.BEARER),
        (40, Action.MODEM),
        (60, Action.POWER),
        (360, Action.REBOOT),
    ]


def test_when_nothing_helps_the_last_step_is_repeated_once_in_six_hours() -> None:
    done = climbed(ALL - {Action.REBOOT}, until_s=24 * HOUR)
    assert done[4:] == [(60 + 360 * number, Action.POWER) for number in (1, 2, 3)]


def test_a_step_that_nothing_here_can_do_is_left_out() -> None:
    done = climbed(frozenset({Action.RECONNECT, Action.REBOOT}), until_s=7 * HOUR)
    assert done == [(10, Action.RECONNECT), (360, Action.REBOOT)]


def test_while_the_broker_answers_the_server_is_down_and_only_mqtt_is_connected_anew() -> None:
    done = climbed(ALL, until_s=13 * HOUR, broker_answers=True)
    assert done == [(10, Action.RECONNECT), (370, Action.RECONNECT), (730, Action.RECONNECT)]


@given(
    st.lists(st.tuples(st.floats(1, 600), st.booleans(), st.booleans()), max_size=300),
    st.sets(st.sampled_from(Action)),
)
def test_whatever_happens_each_step_has_its_time_in_order_and_the_network_is_spared_for_a_server_that_is_down(
    looks: list[tuple[float, bool, bool]], able: set[Action]
) -> None:
    climb, now_s, done = Climb(since_s=0.0), 0.0, list[Action]()
    for passed_s, broker_answers, confirmed in looks:
        now_s += passed_s
        if confirmed:
            climb, done = Climb(since_s=now_s), []
            continue
        steps = usable(LADDER, able=frozenset(able), broker_answers=broker_answers)
        step = next_step(steps, climb, now_s=now_s, again_after_s=6 * HOUR)
        if step is None:
            continue
        assert step.action in able
        assert step.action is Action.RECONNECT or not broker_answers
        assert now_s - climb.since_s >= step.after_s
        assert climb.last_s is None or now_s - climb.last_s >= 10 * MINUTE
        repeated = step.action in climb.taken
        assert not repeated or now_s - (climb.last_s or 0) >= 6 * HOUR
        climb = took(climb, step, now_s=now_s)
        done.append(step.action)
        first_times = list(dict.fromkeys(done))
        assert first_times == [action for action in Action if action in first_times]


def recovery(settings: RecoverySettings, signs: list[Signs], done: list[Action]) -> Recovery:
    return open_recovery(settings, reconnect=lambda: None, signs=lambda: signs[-1], on_step=done.append)


def test_a_step_that_fails_counts_and_a_confirmation_begins_the_ladder_anew() -> None:
    signs, done = [AWAY], list[Action]()
    climbing = recovery(RecoverySettings(commands=CommandSettings(bearer=("/bin/false",))), signs, done)
    for minute in range(31):
        climbing.look(minute * MINUTE)
    assert done == [Action.RECONNECT, Action.BEARER]
    signs.append(Signs(unheard_since_s=None, broker_answers=True))
    climbing.look(31 * MINUTE)
    signs.append(Signs(unheard_since_s=40 * MINUTE, broker_answers=False))
    assert climbing.look(49 * MINUTE) is None
    assert climbing.look(50 * MINUTE) is Action.RECONNECT


def test_a_confirmation_that_nobody_looked_at_begins_the_ladder_anew_too() -> None:
    signs, done = [AWAY], list[Action]()
    climbing = recovery(RecoverySettings(), signs, done)
    assert climbing.look(10 * MINUTE) is Action.RECONNECT
    signs.append(Signs(unheard_since_s=15 * MINUTE, broker_answers=False))
    assert climbing.look(20 * MINUTE) is None
    assert climbing.look(25 * MINUTE) is Action.RECONNECT


def test_a_program_of_the_settings_does_a_step_before_any_other_way(tmp_path: Path) -> None:
    settings = RecoverySettings(mmcli=True, commands=CommandSettings(modem=("/usr/bin/touch", str(tmp_path / "reset"))))
    drivers = open_drivers(settings)
    doer = doer_of(drivers, Action.MODEM)
    assert isinstance(doer, Commands)
    doer.perform(Action.MODEM)
    assert (tmp_path / "reset").exists()
    assert isinstance(doer_of(drivers, Action.BEARER), ModemManager)
    assert doer_of(drivers, Action.REBOOT) is None


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/bin/sh", "-c", "echo no modem >&2; exit 3"), "exit 3, no modem"),
        (("/no/such/program",), "No such file or directory"),
        (("/bin/sleep", "60"), "not done within 1 s"),
    ],
)
def test_a_program_that_fails_is_named_with_what_it_said(command: tuple[str, ...], says: str) -> None:
    with pytest.raises(RecoveryFailed, match=f"^{' '.join(command[:1])}.*{says}"):
        Commands({Action.MODEM: command}, timeout_s=1).perform(Action.MODEM)


def mmcli_that(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program called mmcli first in the path: it notes what it is asked, and goes on as `script`."""
    asked = folder / "asked"
    program = folder / "mmcli"
    program.write_text(f'#!/bin/sh\necho "$2" >> {asked}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return asked


def test_modemmanager_takes_the_bearer_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = mmcli_that(tmp_path, "exit 0", monkeypatch)
    ModemManager(timeout_s=10).perform(Action.BEARER)
    assert asked.read_text().split() == ["--simple-disconnect"]


def test_a_modem_that_cannot_reset_is_switched_off_and_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = mmcli_that(tmp_path, 'case "$2" in --reset) echo Unsupported >&2; exit 1;; esac', monkeypatch)
    ModemManager(timeout_s=10).perform(Action.MODEM)
    assert asked.read_text().split() == ["--reset", "--disable", "--enable"]


def test_a_relay_cuts_the_modems_supply_and_leaves_it_on() -> None:
    Device.pin_factory = MockFactory()
    relay = doer_of(open_drivers(RecoverySettings(power_pin=7, power_off_s=0.1)), Action.POWER)
    assert relay is not None
    pin = Device.pin_factory.pin(7)
    assert pin.state == 0
    relay.perform(Action.POWER)
    states = [change.state for change in pin.states]
    relay.close()
    assert states[-3:] == [False, True, False]


def test_a_pin_that_is_taken_is_named() -> None:
    Device.pin_factory = MockFactory()
    first = doer_of(open_drivers(RecoverySettings(power_pin=8)), Action.POWER)
    assert first is not None
    with pytest.raises(BadOutput, match=r"recovery\.power_pin 8"):
        open_drivers(RecoverySettings(power_pin=8))
    first.close()


def test_what_was_done_is_counted_on_the_card_before_it_is_done(tmp_path: Path) -> None:
    file = CardFile(tmp_path / "troubles.json", Troubles)
    book = TroubleBook(file, now_ms=lambda: 1000)
    book.note_step("bearer")
    book.note_step("bearer")
    book.note_contested(True)
    book.note_step("reboot")
    after_the_reboot = TroubleBook(CardFile(tmp_path / "troubles.json", Troubles), now_ms=lambda: 2000).known()
    assert after_the_reboot == Troubles(steps={"bearer": 2, "reboot": 1}, last_step="reboot", last_step_ms=1000)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_file_of_troubles_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "troubles.json").write_bytes(content)
    book = TroubleBook(CardFile(tmp_path / "troubles.json", Troubles), now_ms=lambda: 1000)
    book.note_contested(True)
    assert CardFile(tmp_path / "troubles.json", Troubles).load() == Troubles(contested_since_ms=1000)


def test_a_step_that_hangs_is_ended_with_its_time_and_the_next_one_comes() -> None:
    commands = CommandSettings(bearer=("/bin/sleep", "60"), modem=("/bin/true",))
    climbing = recovery(RecoverySettings(commands=commands, timeout_s=1), [AWAY], [])
    climbing.look(10 * MINUTE)
    assert climbing.look(20 * MINUTE) is Action.BEARER
    assert climbing.look(40 * MINUTE) is Action.MODEM


def found(settings: RecoverySettings, folder: Path) -> dict[str, tuple[Grade, str]]:
    return {one.name: (one.grade, f"{one.what} → {one.remedy}") for one in examine_recovery(settings, folder)}


def test_the_doctor_says_which_steps_are_done_by_whom_and_which_by_nobody(tmp_path: Path) -> None:
    ((grade, said),) = found(RecoverySettings(), tmp_path).values()
    assert grade is Grade.ADVICE
    assert "reconnect after 10 min (uplink); nothing here can do bearer, modem, power, reboot" in said
    whole = RecoverySettings(
        power_pin=7,
        commands=CommandSettings(bearer=("/bin/true",), modem=("/bin/true",), reboot=("/bin/true", "reboot")),
    )
    ((grade, said),) = found(whole, tmp_path).values()
    assert grade is Grade.GOOD
    assert "power after 60 min (relay), reboot after 360 min (true)" in said


def test_the_doctor_names_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = RecoverySettings(mmcli=True, commands=CommandSettings(reboot=("/no/such/program",)))
    findings = found(settings, tmp_path)
    assert findings["recovery reboot"][0] is findings["recovery mmcli"][0] is Grade.WRONG
    assert "recovery.commands.reboot" in findings["recovery reboot"][1]


def test_the_doctor_says_what_the_agent_has_had_to_do_and_that_its_name_is_used_twice(tmp_path: Path) -> None:
    book = TroubleBook(CardFile(tmp_path / "troubles.json", Troubles), now_ms=lambda: 1_772_539_200_000)
    book.note_step("modem")
    book.note_contested(True)
    findings = found(RecoverySettings(), tmp_path)
    assert findings["name"] == (
        Grade.WRONG,
        "another box uses this device's name since 2026-03-03 12:00 UTC → enrol one of the two under a name of its own:"
        " a card or device.toml was copied",
    )
    assert "modem 1 times; last 2026-03-03 12:00 UTC" in findings["recovery-taken"][1]
