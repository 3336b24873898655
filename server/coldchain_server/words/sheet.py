"""One language's texts as the rows of a spreadsheet, and what a filled-in one would change. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from coldchain_server.notifications.catalogue import LANGUAGES, WRITTEN, every_key, part_of, placeholders, written
from coldchain_server.words.checks import LISTENERS_NEEDED, Check, Checks, Kind, digest_of, name_of
from coldchain_server.words.rules import faults_of, messages_too_long

Row = tuple[str, ...]
KEY, PART, FILLS = "key", "part", "filled in with"
LISTENERS = tuple(f"listener {number}" for number in range(1, LISTENERS_NEEDED + 1))
LONGEST_LISTENER = 64


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a sheet, where, and what to do about it; row 0 is the sheet as a whole."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.what}" if self.row else self.what


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A text that would be kept, and the one it would stand in place of; empty: there was none."""

    key: str
    old: str
    new: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet says. With any mistake nothing of it is kept."""

    language: str
    changes: tuple[Change, ...] = ()
    checks: tuple[Check, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def head(language: str) -> Row:
    """Return the names of the columns: what it is, the texts to go by, the text to fill in, and who has checked it."""
    return (KEY, PART, FILLS, *WRITTEN, language, *LISTENERS)


def rows(language: str, texts: Mapping[str, str], checks: Checks) -> Iterator[Row]:
    """Yield the sheet of a language, its head first."""
    yield head(language)
    for key in every_key():
        text = texts.get(key, "")
        heard = checks.listeners(language, key, Kind.TEXT, digest_of(text))[:LISTENERS_NEEDED] if text else ()
        listeners = (*heard, *[""] * (LISTENERS_NEEDED - len(heard)))
        fills = " ".join(f"{{{name}}}" for name in placeholders(written(WRITTEN[0])[key]))
        yield (key, part_of(key).value, fills, *(written(known)[key] for known in WRITTEN), text, *listeners)


def read(sheet: Sequence[Row], texts: Mapping[str, Mapping[str, str]], checks: Checks) -> Reading:
    """Return what a filled-in sheet would change of `texts` and `checks`.

    An empty cell changes nothing, so a sheet may be filled in little by little, and read again without harm.
    """
    language, mistakes = _language(sheet)
    if mistakes:
        return Reading(language=language, mistakes=mistakes)
    cells = [dict(zip(sheet[0], row, strict=False)) for row in sheet[1:]]
    found = [*_strange_keys(cells), *_wrong_texts(cells, language), *_wrong_listeners(cells, language)]
    known = texts.get(language, {})
    changes = tuple(
        Change(key=cell[KEY], old=known.get(cell[KEY], ""), new=cell[language])
        for cell in cells
        if cell.get(language) and cell[language] != known.get(cell[KEY], "")
    )
    if not found:
        new = {**known, **{change.key: change.new for change in changes}}
        found = [Mistake(row=0, column=language, what=what) for what in messages_too_long(language, new)]
    return Reading(
        language=language,
        changes=changes,
        checks=tuple(_new_checks(cells, language, checks)),
        mistakes=tuple(sorted(found, key=lambda mistake: mistake.row)),
    )


def _language(sheet: Sequence[Row]) -> tuple[str, tuple[Mistake, ...]]:
    columns = sheet[0] if sheet else ()
    named = [name for name in columns if name in LANGUAGES and name not in WRITTEN]
    if KEY not in columns or len(named) != 1:
        others = ", ".join(name for name in LANGUAGES if name not in WRITTEN)
        what = f"needs a column {KEY!r} and one that is named by a language of {others}: begin with an exported sheet"
        return "", (Mistake(row=1, column="", what=what),)
    if len(set(columns) - {""}) != len([name for name in columns if name]):
        return named[0], (Mistake(row=1, column="", what="names a column twice: leave each there once"),)
    return named[0], ()


def _strange_keys(cells: Sequence[Mapping[str, str]]) -> Iterator[Mistake]:
    known, seen = set(every_key()), dict[str, int]()
    for number, cell in enumerate(cells, start=2):
        key = cell.get(KEY, "")
        if not any(cell.values()):
            continue
        if key not in known:
            yield Mistake(
                row=number, column=KEY, what=f"{key!r} is no key of the catalogue: leave the keys as exported"
            )
        elif key in seen:
            yield Mistake(row=number, column=KEY, what=f"{key!r} is in row {seen[key]} already: keep one of the two")
        seen.setdefault(key, number)


def _wrong_texts(cells: Sequence[Mapping[str, str]], language: str) -> Iterator[Mistake]:
    known = set(every_key())
    for number, cell in enumerate(cells, start=2):
        if cell.get(language) and cell.get(KEY) in known:
            for what in faults_of(cell[KEY], cell[language], language):
                yield Mistake(row=number, column=language, what=what)


def _wrong_listeners(cells: Sequence[Mapping[str, str]], language: str) -> Iterator[Mistake]:
    for number, cell in enumerate(cells, start=2):
        names = [(column, name_of(cell.get(column, ""))) for column in LISTENERS]
        given = [name.casefold() for _, name in names if name]
        for column, name in names:
            if name and not cell.get(language):
                yield Mistake(row=number, column=column, what="checks a text that is not there: fill in the text first")
            elif len(name) > LONGEST_LISTENER:
                yield Mistake(row=number, column=column, what=f"is longer than {LONGEST_LISTENER} letters: shorten it")
        if len(given) != len(set(given)):
            what = f"names one person twice: {LISTENERS_NEEDED} different people must have heard it"
            yield Mistake(row=number, column=LISTENERS[-1], what=what)


def _new_checks(cells: Sequence[Mapping[str, str]], language: str, checks: Checks) -> Iterator[Check]:
    for cell in cells:
        text, digest = cell.get(language, ""), digest_of(cell.get(language, ""))
        known = {name.casefold() for name in checks.listeners(language, cell.get(KEY, ""), Kind.TEXT, digest)}
        for name in (name_of(cell.get(column, "")) for column in LISTENERS):
            if text and name and name.casefold() not in known:
                yield Check(language=language, key=cell[KEY], kind=Kind.TEXT, digest=digest, listener=name)
