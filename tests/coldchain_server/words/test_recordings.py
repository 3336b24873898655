"""Recordings: what may be one, which may be used, and how they are put together."""

import io
import wave
from pathlib import Path

import pytest

from coldchain_judgement.clips import Clip
from coldchain_server.errors import BadEntry
from coldchain_server.words.checks import Check, Checks, Kind, digest_of
from coldchain_server.words.recordings import Recordings, joined
from coldchain_server.words.standing import ClipState, clip_standing
from invented.sound import record, tone

STAY = Clip("stay-inside")
CLOSED = Clip("action.keep-closed")


def heard(content: bytes, *listeners: str, clip: str = STAY, kind: Kind = Kind.RECORDING) -> list[Check]:
    return [
        Check(language="ttq", key=clip, kind=kind, digest=digest_of(content), listener=listener)
        for listener in listeners
    ]


def test_a_recording_is_used_once_two_listeners_have_heard_it(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY)
    recordings = Recordings(tmp_path)
    assert recordings.usable("ttq", STAY, Checks(heard(tone(), "Fati"))) is None
    found = recordings.usable("ttq", STAY, Checks(heard(tone(), "Fati", "Mina")))
    assert found is not None
    assert (found.rate, found.seconds) == (16_000, 0.5)


def test_what_is_recorded_anew_is_heard_anew(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY, tone(hertz=500))
    assert Recordings(tmp_path).usable("ttq", STAY, Checks(heard(tone(), "Fati", "Mina"))) is None


def test_a_checked_text_is_no_checked_recording(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY)
    checks = Checks(heard(tone(), "Fati", "Mina", kind=Kind.TEXT))
    assert Recordings(tmp_path).usable("ttq", STAY, checks) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ID3\x04 an mp3", "is no WAV file of plain samples; record one voice, and turn it with: ffmpeg"),
        (b"", "is no WAV file"),
        (tone(channels=2), "has 2 channels of 16 bits"),
        (tone(width=1), "has 1 channels of 8 bits"),
        (tone(rate=44_100), "44100 a second"),
        (tone(0.1), "lasts 0.1 s: a clip lasts 0.2 to 15 s"),
        (tone(15.5, rate=8_000), "lasts 15.5 s"),
        (tone(30.0), "bytes: a clip lasts at most 15 s"),
        (tone()[:4000], "ends before its sound does"),
    ],
)
def test_a_file_that_is_no_recording_says_what_to_do_and_is_never_used(
    tmp_path: Path, content: bytes, said: str
) -> None:
    record(tmp_path, "ttq", STAY, content)
    recordings, checks = Recordings(tmp_path), Checks(heard(content, "Fati", "Mina"))
    with pytest.raises(BadEntry, match=said):
        recordings.get("ttq", STAY)
    assert recordings.usable("ttq", STAY, checks) is None
    assert clip_standing(recordings, checks, "ttq", STAY).state is ClipState.UNUSABLE


def test_there_is_none_in_a_folder_that_is_not_there_nor_outside_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(tone())
    recordings = Recordings(tmp_path / "recordings")
    assert recordings.get("ttq", STAY) is None
    (tmp_path / "recordings" / "ttq").mkdir(parents=True)
    assert recordings.get("..", Clip("secret")) is None
    assert recordings.get("ttq", Clip("../../secret")) is None
    assert list(recordings.strangers()) == []


def test_a_sentence_is_spoken_whole_or_not_at_all(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY)
    record(tmp_path, "ttq", CLOSED, tone(1.0))
    recordings = Recordings(tmp_path)
    both = Checks([*heard(tone(), "Fati", "Mina"), *heard(tone(1.0), "Fati", "Mina", clip=CLOSED)])
    spoken = recordings.spoken("ttq", [CLOSED, STAY], both)
    assert spoken is not None
    with wave.open(io.BytesIO(joined(spoken))) as whole:
        assert whole.getnframes() == 24_000
        assert whole.readframes(24_000) == tone(1.0)[44:] + tone()[44:]
    assert recordings.spoken("ttq", [CLOSED, STAY], Checks(heard(tone(), "Fati", "Mina"))) is None
    assert recordings.spoken("ttq", [CLOSED, Clip("why.silent"), STAY], both) is None


def test_clips_of_different_rates_make_no_sentence(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY)
    record(tmp_path, "ttq", CLOSED, tone(rate=8_000))
    checks = Checks([*heard(tone(), "Fati", "Mina"), *heard(tone(rate=8_000), "Fati", "Mina", clip=CLOSED)])
    assert Recordings(tmp_path).spoken("ttq", [CLOSED, STAY], checks) is None


def test_files_that_belong_to_no_language_are_found(tmp_path: Path) -> None:
    record(tmp_path, "ttq", STAY)
    record(tmp_path, "tamasheq", STAY)
    (tmp_path / "ttq" / "stay-inside.mp3").write_bytes(b"x")
    assert [path.name for path in Recordings(tmp_path).strangers()] == ["stay-inside.wav", "stay-inside.mp3"]
