"""The box's voice: what it says, when it says it again, in which languages, how loud, and what it does without."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import time
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain_contract.identifiers import UnitId
from coldchain_device.alarm import speech
from coldchain_device.alarm.curfew import Curfew, Hour, hour_of
from coldchain_device.alarm.fitting import open_outputs
from coldchain_device.alarm.player import Aplay
from coldchain_device.alarm.recordings import Recordings
from coldchain_device.alarm.repeating import LONGEST_PAUSE_S, Repeating, heed, spoken
from coldchain_device.alarm.scene import Aloud, Scene, Shown
from coldchain_device.alarm.voice import Voice, Volume
from coldchain_device.errors import VoiceFailed
from coldchain_device.settings import OutputSettings, VoiceSettings
from coldchain_judgement.clips import Clip, clips_for
from coldchain_judgement.light import Light
from coldchain_judgement.limits import Level
from coldchain_judgement.verdicts import Why
from servers.process import eventually

COOLER, TANK = UnitId("cooler-1"), UnitId("tank-1")
DAY, CURFEW = Hour(local=time(9), quiet=False), Hour(local=time(22), quiet=True)
FINE = Shown(label="Cooler", light=Light.GREEN)
WARM = Shown(label="Cooler", light=Light.RED, shouts=True, why=Why.TOO_WARM, level=Level.CRITICAL)
ANSWERED = Shown(label="Cooler", light=Light.RED, heard=True, why=Why.TOO_WARM, level=Level.CRITICAL)
NO_POWER = Shown(label="Cooler", light=Light.AMBER, why=Why.POWER_LOST, level=Level.WARNING)


def scene(cooler: Shown, tank: Shown = FINE, *, hour: Hour = DAY) -> Scene:
    return Scene(units={COOLER: cooler, TANK: tank}, hour=hour)


def words(said: speech.Speech) -> str:
    return " ".join(part.clip for part in said)


class Loudspeaker:
    """A `Player` that remembers what it played, and can be told to fail or to take until it is stopped."""

    def __init__(self) -> None:
        self.played: list[tuple[str, int]] = []
        self.fails = self.lasts = False
        self.stopped = threading.Event()

    def play(self, files: Sequence[Path], *, volume_percent: int) -> None:
        if self.fails:
            raise VoiceFailed("the sound card is gone")
        self.played.append((" ".join(f"{file.parent.name}/{file.stem}" for file in files), volume_percent))
        if self.lasts:
            self.stopped.clear()
            self.stopped.wait(10)

    def stop(self) -> None:
        self.stopped.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All recordings in French."""
    record(tmp_path, "fr", clips_for([COOLER, TANK]))
    return tmp_path


@pytest.fixture
def speaker() -> Loudspeaker:
    return Loudspeaker()


class Spoken:
    """A voice, its clock and its loudspeaker."""

    def __init__(self, speaker: Loudspeaker, folder: Path, *languages: str, quiet: int = 30) -> None:
        self.speaker, self.now_s = speaker, 1000.0
        recordings = Recordings(folder, languages or ("fr",))
        self.voice = Voice(speaker, recordings, Volume(loud=90, quiet=quiet), monotonic=lambda: self.now_s)

    def shows(self, shown: Scene, *, after_s: float = 0) -> None:
        self.now_s += after_s
        self.voice.show(shown)

    def has_said(self, count: int) -> None:
        eventually(lambda: len(self.speaker.played) == count, what=f"{count} speeches, not {self.speaker.played}")


@pytest.fixture
def box(speaker: Loudspeaker, folder: Path) -> Iterator[Spoken]:
    made = Spoken(speaker, folder)
    yield made
    made.voice.close()


def record(folder: Path, language: str, clips: Iterator[Clip]) -> None:
    (folder / language).mkdir(exist_ok=True)
    for clip in clips:
        (folder / language / f"{clip}.wav").write_bytes(b"RIFF")


def test_it_says_whose_milk_is_too_warm_what_to_do_and_by_when() -> None:
    said = words(speech.of_alarm(scene(FINE, WARM)))
    assert said == "unit.tank-1 why.too-warm action.keep-closed-and-test when.before-midday"


def test_what_was_answered_is_not_said_by_itself_and_is_said_to_whoever_asks() -> None:
    assert speech.of_alarm(scene(ANSWERED)) == ()
    assert "why.too-warm" in words(speech.of_state(scene(ANSWERED)))


def test_a_warning_is_said_by_day_and_waits_in_the_curfew() -> None:
    assert words(speech.of_alarm(scene(NO_POWER))) == "unit.cooler-1 why.power-lost action.keep-closed"
    assert speech.of_alarm(scene(NO_POWER, hour=CURFEW)) == ()


EVERYTHING = [
    Shown(label="Cooler", light=light, heard=heard, shouts=shouts, why=why, level=level)
    for light, heard, shouts, (why, level) in product(
        Light, (True, False), (True, False), [(None, None), *product(Why, Level)]
    )
]


@pytest.mark.parametrize("hour", [CURFEW, Hour(local=None, quiet=True)])
def test_inside_the_curfew_and_while_the_time_is_unknown_everything_ends_with_not_going_out(hour: Hour) -> None:
    for shown in EVERYTHING:
        for said in (speech.of_alarm(scene(shown, hour=hour)), speech.of_state(scene(shown, hour=hour))):
            assert not said or said[-1].clip == "stay-inside"
            assert not {"action.see-power", "action.call-technician", "action.measure"} & {one.clip for one in said}
    assert words(speech.of_asked(Aloud.HEARD, scene(FINE, hour=hour))) == "heard stay-inside"


def test_everything_it_may_say_is_among_the_clips_that_are_asked_for() -> None:
    known = set(clips_for([COOLER, TANK]))
    said = {
        part.clip
        for shown in EVERYTHING
        if shown.why not in (Why.OUTAGE, Why.SITE_SILENT, Why.CHANNEL_DEAD)  # no box finds these
        for hour in (DAY, CURFEW)
        for part in (*speech.of_alarm(scene(shown, hour=hour)), *speech.of_state(scene(shown, hour=hour)))
    }
    assert said - known - {"why.within", "why.heard-again", "why.probe-mended", "why.withdrawn"} <= {
        f"why.{why.value}" for why in (Why.JUMP, Why.STUCK, Why.SILENT, Why.TOO_SMALL)
    }


def test_a_box_without_units_says_that_nothing_is_known() -> None:
    assert words(speech.of_state(Scene(units={}, hour=DAY))) == "not-known"


def test_it_is_said_at_once_and_again_after_pauses_that_grow_until_somebody_answers() -> None:
    state, said_at = Repeating(), []
    for second in range(0, 4 * 3600, 10):
        state = heed(state, scene(WARM), now_s=float(second))
        if state.due_s is not None and state.due_s <= second:
            said_at.append(second)
            state = spoken(state, now_s=float(second))
    assert said_at[:6] == [0, 60, 180, 420, 900, 1860]
    assert {later - earlier for earlier, later in pairwise(said_at[6:])} == {LONGEST_PAUSE_S}
    assert heed(state, scene(ANSWERED), now_s=5.0).due_s is None


def test_a_warning_is_said_once_and_what_joins_it_at_once() -> None:
    state = spoken(heed(Repeating(), scene(NO_POWER), now_s=0), now_s=0)
    assert state.due_s is None
    assert heed(state, scene(NO_POWER), now_s=60).due_s is None
    assert heed(state, scene(NO_POWER, WARM), now_s=70).due_s == 70


SHOWN = st.sampled_from([FINE, WARM, ANSWERED, NO_POWER])


@given(st.lists(st.tuples(SHOWN, SHOWN, st.booleans()), max_size=20))
def test_nothing_is_ever_due_where_nobody_need_be_told_and_always_where_it_shouts(
    scenes: list[tuple[Shown, Shown, bool]],
) -> None:
    state = Repeating()
    for now_s, (cooler, tank, quiet) in enumerate(scenes):
        shown = scene(cooler, tank, hour=CURFEW if quiet else DAY)
        state = heed(state, shown, now_s=float(now_s))
        assert (state.due_s is not None) or not shown.shouts
        assert (state.due_s is None) or shown.to_be_said
        if state.due_s is not None and state.due_s <= now_s:
            state = spoken(state, now_s=float(now_s))


def test_it_speaks_by_itself_and_falls_silent_when_somebody_answers(box: Spoken, speaker: Loudspeaker) -> None:
    speaker.lasts = True
    box.shows(scene(WARM))
    box.has_said(1)
    box.shows(scene(ANSWERED), after_s=1)
    assert speaker.stopped.is_set()
    box.shows(scene(ANSWERED), after_s=9999)
    box.voice.say(Aloud.STATE, scene(FINE))
    box.has_said(2)
    assert [said for said, _ in speaker.played][1] == "fr/no-alarm"


def test_it_says_it_again_when_it_is_due(box: Spoken, speaker: Loudspeaker) -> None:
    box.shows(scene(WARM))
    box.has_said(1)
    box.shows(scene(WARM), after_s=61)
    box.has_said(2)


def test_it_speaks_low_in_the_curfew_and_not_at_all_where_that_is_wanted(speaker: Loudspeaker, folder: Path) -> None:
    box = Spoken(speaker, folder)
    box.shows(scene(WARM))
    box.has_said(1)
    box.voice.say(Aloud.STATE, scene(WARM, hour=CURFEW))
    box.has_said(2)
    assert [volume for _, volume in speaker.played] == [90, 30]
    box.voice.close()
    silent = Spoken(speaker, folder, quiet=0)
    silent.voice.say(Aloud.STATE, scene(WARM, hour=CURFEW))
    silent.voice.say(Aloud.STATE, scene(FINE))
    silent.has_said(3)
    assert speaker.played[-1] == ("fr/no-alarm", 90)
    silent.voice.close()


def test_it_speaks_each_language_that_has_the_whole_sentence_in_their_order(speaker: Loudspeaker, folder: Path) -> None:
    record(folder, "ttq", clips_for([]))
    record(folder, "ha", (clip for clip in clips_for([COOLER]) if clip != "stay-inside"))
    box = Spoken(speaker, folder, "ttq", "ha", "fr")
    box.voice.say(Aloud.STATE, scene(WARM, WARM, hour=CURFEW))
    box.has_said(2)
    spoken_in = [said.split("/")[0] for said, _ in speaker.played]
    assert spoken_in == ["ttq", "fr"]
    assert "unit." not in speaker.played[0][0]
    box.voice.close()


def test_what_nobody_recorded_is_a_trouble_until_it_is_there(speaker: Loudspeaker, tmp_path: Path) -> None:
    box = Spoken(speaker, tmp_path)
    box.voice.say(Aloud.STATE, scene(WARM, WARM))
    eventually(lambda: list(box.voice.troubles()) == ["clips-missing"], what="it is named")
    assert "why.too-warm" in box.voice.troubles()["clips-missing"]
    record(tmp_path, "fr", clips_for([]))
    box.voice.say(Aloud.STATE, scene(WARM, WARM))
    box.has_said(1)
    eventually(lambda: not box.voice.troubles(), what="it is over")
    box.voice.close()


def test_a_sound_card_that_fails_is_a_trouble_and_tried_again(box: Spoken, speaker: Loudspeaker) -> None:
    speaker.fails = True
    box.shows(scene(WARM))
    eventually(lambda: list(box.voice.troubles()) == ["voice-fails"], what="it is named")
    speaker.fails = False
    box.shows(scene(WARM), after_s=61)
    box.has_said(1)
    eventually(lambda: not box.voice.troubles(), what="it is over")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts such a program first in the path, and returns the file in which it notes what it is asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def put(name: str, script: str) -> Path:
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/asked\n{script}\n')
        program.chmod(0o755)
        return tmp_path / "asked"

    return put


def test_recordings_are_played_by_aplay_at_the_volume_of_the_mixer(programs: Callable[[str, str], Path]) -> None:
    programs("amixer", "")
    asked = programs("aplay", "")
    Aplay(device="plughw:1", mixer="PCM").play([Path("/v/fr/a.wav"), Path("/v/fr/b.wav")], volume_percent=30)
    Aplay().play([Path("/v/fr/a.wav")], volume_percent=90)
    assert asked.read_text().splitlines() == [
        "amixer -q -M sset PCM 30%",
        "aplay -q -D plughw:1 /v/fr/a.wav /v/fr/b.wav",
        "aplay -q /v/fr/a.wav",
    ]


def test_what_aplay_complains_of_is_told(programs: Callable[[str, str], Path]) -> None:
    programs("aplay", "echo 'audio open error: No such file' >&2; exit 1")
    with pytest.raises(VoiceFailed, match=r"aplay exits 1: audio open error.*voice\.device"):
        Aplay().play([Path("/a.wav")], volume_percent=90)


def test_a_sound_card_that_hangs_is_given_up(programs: Callable[[str, str], Path]) -> None:
    programs("aplay", "exec sleep 60")
    with pytest.raises(VoiceFailed, match="hangs"):
        Aplay(longest_s=0.1).play([Path("/a.wav")], volume_percent=90)


def test_playing_is_stopped_at_once_and_that_is_no_failure(programs: Callable[[str, str], Path]) -> None:
    asked = programs("aplay", "exec sleep 60")
    player = Aplay()
    playing = threading.Thread(target=player.play, args=([Path("/a.wav")],), kwargs={"volume_percent": 90})
    playing.start()
    eventually(asked.exists, what="it plays")
    player.stop()
    playing.join(10)
    assert not playing.is_alive()
    player.stop()


def test_a_pi_without_aplay_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VoiceFailed, match="install alsa-utils"):
        Aplay().play([Path("/a.wav")], volume_percent=90)


def test_a_voice_is_fitted_where_its_recordings_have_a_folder(tmp_path: Path) -> None:
    (voice,) = open_outputs(OutputSettings(console=False), VoiceSettings(folder=tmp_path))
    assert isinstance(voice, Voice)
    voice.close()


DAYTIME = 1_772_539_200_000  # 2026-03-03T12:00Z


@pytest.mark.parametrize(
    ("starts", "ends", "hours"),
    [(18, 6, {*range(18, 24), *range(6)}), (1, 5, {1, 2, 3, 4}), (6, 6, set()), (0, 23, set(range(23)))],
)
def test_the_curfew_may_span_midnight(starts: int, ends: int, hours: set[int]) -> None:
    curfew = Curfew(zone="Africa/Niamey", starts=time(starts), ends=time(ends))
    quiet = {
        hour.local.hour
        for hour in (hour_of(curfew, DAYTIME + span * 3600_000) for span in range(24))
        if hour.quiet and hour.local
    }
    assert quiet == hours


@pytest.mark.parametrize("zone", ["Africa/Bamko", "", "../etc/passwd", "Africa", "\0"])
def test_in_a_zone_that_nobody_knows_and_without_the_time_it_is_quiet(zone: str) -> None:
    assert hour_of(Curfew(zone=zone, starts=time(18), ends=time(6)), DAYTIME) == Hour(local=None, quiet=True)
    assert hour_of(Curfew(zone="UTC", starts=time(18), ends=time(6)), None).quiet
    assert not hour_of(Curfew(zone=zone, starts=time(6), ends=time(6)), None).quiet
