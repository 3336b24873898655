"""Examining what the box is seen and heard with: lights, buzzer, button, voice, and the zone of its curfew."""

import shutil
from collections.abc import Iterator

from coldchain_device.alarm.curfew import zone_of
from coldchain_device.alarm.recordings import Recordings
from coldchain_device.doctor.finding import Finding, advice, good, wrong
from coldchain_device.plan import Plan
from coldchain_device.settings import DeviceSettings
from coldchain_judgement.clips import clips_for

_NAMED = 5


def examine_outputs(settings: DeviceSettings, plan: Plan) -> Iterator[Finding]:
    """Look at what is configured; pins are not touched, the agent has them."""
    fitted = settings.fitted()
    if not fitted and settings.voice.folder is None:
        remedy = "fit a light at least, and name its pin under [outputs]"
        yield advice("outputs", "the box has no light, buzzer or voice: nobody there sees its alarm", remedy)
        return
    voice = ("voice",) if settings.voice.folder is not None else ()
    yield good("outputs", f"fitted: {', '.join((*fitted, *voice))}; `coldchain-device alarm try` tries them")
    if settings.outputs.button_pin is None:
        remedy = "fit a button, and name its pin as outputs.button_pin"
        yield advice("button", "no button is fitted: nobody can answer at the box", remedy)
    if zone_of(plan.curfew.zone) is None:
        remedy = "correct curfew.zone, such as Africa/Bamako; install tzdata"
        yield wrong("curfew", f"no time zone {plan.curfew.zone!r} is known here: the box is always quiet", remedy)
    yield from _voice(settings, plan)


def _voice(settings: DeviceSettings, plan: Plan) -> Iterator[Finding]:
    voice = settings.voice
    if voice.folder is None:
        return
    missing = [name for name in ("aplay", *(["amixer"] if voice.mixer else [])) if shutil.which(name) is None]
    if missing:
        yield wrong("voice", f"no {' and no '.join(missing)} here: the box cannot speak", "install alsa-utils")
    lacking = Recordings(voice.folder, voice.languages).lacking(tuple(clips_for(plan.units)))
    for language, clips in lacking.items():
        if clips:
            named = ", ".join(clips[:_NAMED]) + (" …" if len(clips) > _NAMED else "")
            remedy = f"`coldchain-device alarm clips` lists them; put them into {voice.folder / language}"
            yield advice("voice", f"{len(clips)} recordings are missing in {language}: {named}", remedy)
