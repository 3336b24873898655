"""`coldchain-server words`: the catalogue in other languages, its spreadsheet, its listeners and its recordings."""

import getpass
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from coldchain_app.app import App
from coldchain_contract.identifiers import DeviceId
from coldchain_contract.settings import nearest
from coldchain_judgement.clips import Clip
from coldchain_server.errors import BadEntry, UnknownThing
from coldchain_server.fleet.model import Fleet
from coldchain_server.notifications.catalogue import LANGUAGES, WRITTEN, Lexicon, Part, every_key, lexicon_of
from coldchain_server.words import sheet
from coldchain_server.words.carrying import carry, languages_of, units_of
from coldchain_server.words.checks import LISTENERS_NEEDED, Check, Checks, Kind, digest_of, name_of
from coldchain_server.words.keeping import Deed, confirm, take
from coldchain_server.words.rows import Texts, checked_texts, checks_in, texts_in
from coldchain_server.words.scripts import script
from coldchain_server.words.sheet_files import read_sheet, write_sheet
from coldchain_server.words.spoken import wanted
from coldchain_server.words.standing import ClipState, clip_standing, standings

_OTHERS = tuple(language for language in LANGUAGES if language not in WRITTEN)
_OTHER = click.Choice(_OTHERS)
_FILE = click.Path(path_type=Path, dir_okay=False)


class Words:
    """What the ledger and the folder hold when a command begins."""

    def __init__(self, app: App) -> None:
        with app.sessions()() as session:
            self.texts: Texts = texts_in(session)
            self.checks: Checks = checks_in(session)
        self.lexicon: Lexicon = lexicon_of(checked_texts(self.texts, self.checks))
        self.recordings = app.recordings()


@click.group("words")
def command() -> None:
    """What people are told in their languages: texts, recordings, and the listeners who check them."""


@command.command("status")
@click.option("--missing", is_flag=True, help="Name every text that is missing or not checked.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def status(opened: Callable[[], App], *, missing: bool, as_json: bool) -> None:
    """Say how far each language has come, and what it is used for."""
    app = opened()
    words, clips = Words(app), list(wanted(app.fleet()))
    states = {
        language: [clip_standing(words.recordings, words.checks, language, clip) for clip in clips]
        for language in LANGUAGES
    }
    found = list(standings(words.texts, words.lexicon, states))
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for one in found:
        used = ", ".join(part.value for part in one.used) or "nothing yet"
        click.echo(
            f"{one.language:<4} {one.name:<27} {one.checked}/{len(every_key())} texts usable, {one.texts} written; "
            f"{one.recordings_used}/{len(clips)} recordings usable, {one.recordings} there; used for {used}"
        )
        if missing:
            for part in Part:
                if one.missing[part]:
                    click.echo(f"       {part.value}: {' '.join(one.missing[part])}")


@command.command("export")
@click.argument("language", type=_OTHER)
@click.argument("file", type=_FILE)
@click.pass_obj
def export(opened: Callable[[], App], language: str, file: Path) -> None:
    """Write the texts of LANGUAGE to FILE (.xlsx or .csv), beside the French and English ones, to be filled in."""
    words = Words(opened())
    write_sheet(file, sheet.rows(language, words.texts.get(language, {}), words.checks))
    click.echo(f"{file}: {len(every_key())} texts, {len(words.texts.get(language, {}))} of them in {language}.")


@command.command("import")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.pass_context
def import_(context: click.Context, file: Path, *, dry_run: bool) -> None:
    """Take in a filled-in sheet: its texts, and the listeners who have checked them. With any mistake nothing of it."""
    app: App = context.obj()
    words = Words(app)
    reading = sheet.read(read_sheet(file), words.texts, words.checks)
    for mistake in reading.mistakes:
        click.echo(f"{file.name}: {mistake}", err=True)
    if reading.mistakes:
        click.echo("Nothing was taken in.", err=True)
        context.exit(1)
    for change in reading.changes:
        click.echo(f"{change.key}: {change.old!r} -> {change.new!r}" if change.old else f"{change.key}: {change.new!r}")
    for check in reading.checks:
        click.echo(f"{check.key}: checked by {check.listener}")
    if not dry_run:
        with app.sessions().begin() as session:
            take(session, reading, _deed(app))
    told = "would be taken in" if dry_run else "taken in"
    click.echo(f"{reading.language}: {len(reading.changes)} texts and {len(reading.checks)} checks {told}.")


@command.command("check")
@click.argument("language", type=click.Choice(tuple(LANGUAGES)))
@click.argument("key")
@click.option("--listener", required=True, help="Who has heard or read it: a native speaker, by name.")
@click.option("--recording", is_flag=True, help="The recording of clip KEY, not the text of that key.")
@click.pass_obj
def check(opened: Callable[[], App], *, language: str, key: str, listener: str, recording: bool) -> None:
    """Write down that a native listener finds the text, or recording, KEY in LANGUAGE right, as it is now."""
    app, person = opened(), name_of(listener)
    if not person or len(person) > sheet.LONGEST_LISTENER:
        raise BadEntry(f"name the listener in 1 to {sheet.LONGEST_LISTENER} letters")
    words = Words(app)
    digest = _recorded(words, app.fleet(), language, key) if recording else _written(words, language, key)
    kind = Kind.RECORDING if recording else Kind.TEXT
    one = Check(language=language, key=key, kind=kind, digest=digest, listener=person)
    with app.sessions().begin() as session:
        confirm(session, one, _deed(app))
        heard = checks_in(session).listeners(language, key, kind, digest)
    more = LISTENERS_NEEDED - len(heard)
    click.echo(f"{key}: checked by {', '.join(heard)}; {f'{more} more to go' if more > 0 else 'it may be used'}.")


@command.command("recordings")
@click.argument("language", type=click.Choice(tuple(LANGUAGES)))
@click.option("--all", "every", is_flag=True, help="Those that are used already, too.")
@click.pass_obj
def recordings(opened: Callable[[], App], language: str, *, every: bool) -> None:
    """List what is still to be recorded or checked in LANGUAGE: the file's name, how it stands, and what to say."""
    app = opened()
    words, fleet = Words(app), app.fleet()
    said = words.lexicon.catalogue(language, Part.CALLS)
    for clip in wanted(fleet):
        one = clip_standing(words.recordings, words.checks, language, clip)
        if every or one.state is not ClipState.USED:
            by = f" (heard by {', '.join(one.listeners)})" if one.listeners else ""
            click.echo(f"{language}/{clip}.wav: {one.state.value}{by}: {one.trouble or script(clip, said, fleet)}")
    for path in words.recordings.strangers():
        click.echo(f"{path}: belongs to no language: put it into the folder of one, as CLIP.wav", err=True)


@command.command("voices")
@click.option("--device", required=True, help="The device that is to speak.")
@click.option("--language", "chosen", multiple=True, type=click.Choice(tuple(LANGUAGES)), help="In these only.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def voices(opened: Callable[[], App], *, device: str, chosen: tuple[str, ...], folder: Path) -> None:
    """Put the recordings that DEVICE needs into FOLDER, for its card: those that two listeners have checked."""
    app = opened()
    fleet, words = app.fleet(), Words(app)
    if device not in fleet.devices:
        near = nearest(device, fleet.devices)
        raise UnknownThing(f"the fleet file has no device {device!r}{f'; did you mean {near}?' if near else ''}")
    name = DeviceId(device)
    languages = chosen or languages_of(fleet, name)
    units = units_of(fleet, name, app.clock.now_ms())
    for one in carry(words.recordings, words.checks, languages, units, folder):
        click.echo(f"{one.language}: {len(one.clips)} recordings in {folder / one.language}")
        if one.lacking:
            click.echo(f"{one.language}: lacking {' '.join(one.lacking)}", err=True)


def _deed(app: App) -> Deed:
    return Deed(who=getpass.getuser(), at_ms=app.clock.now_ms())


def _written(words: Words, language: str, key: str) -> str:
    if language in WRITTEN:
        raise BadEntry(f"{language} is written with the software, which its tests check; no listener needs to")
    if key not in every_key():
        near = nearest(key, every_key())
        raise UnknownThing(f"the catalogue has no text {key!r}{f'; did you mean {near}?' if near else ''}")
    text = words.texts.get(language, {}).get(key)
    if text is None:
        raise UnknownThing(f"{key} has no text in {language} yet: import one first")
    return digest_of(text)


def _recorded(words: Words, fleet: Fleet, language: str, key: str) -> str:
    clips = list(wanted(fleet))
    if key not in clips:
        near = nearest(key, clips)
        raise UnknownThing(f"no message says a clip {key!r}{f'; did you mean {near}?' if near else ''}")
    found = words.recordings.get(language, Clip(key))
    if found is None:
        raise UnknownThing(f"{words.recordings.path(language, Clip(key))} is not there: record it first")
    return found.digest
