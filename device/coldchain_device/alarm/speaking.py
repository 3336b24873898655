"""The voice as it is fitted: its sound card, its recordings, its volume."""

from pathlib import Path

from coldchain_device.alarm.player import Aplay
from coldchain_device.alarm.recordings import Recordings
from coldchain_device.alarm.voice import Voice, Volume
from coldchain_device.settings import VoiceSettings


def open_voice(settings: VoiceSettings, folder: Path) -> Voice:
    """Return the voice that speaks the recordings in `folder`."""
    return Voice(
        Aplay(device=settings.device, mixer=settings.mixer),
        Recordings(folder, settings.languages),
        Volume(loud=settings.volume_percent, quiet=settings.curfew_volume_percent),
    )
