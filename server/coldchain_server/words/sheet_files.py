"""Sheets as files: XLSX, or CSV in UTF-8 as spreadsheets save it, whichever its name ends with."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException

from coldchain_server.errors import BadEntry
from coldchain_server.words.sheet import Row

_MOST_ROWS, _MOST_COLUMNS, _LARGEST_BYTES = 2000, 40, 4_000_000
_WIDTHS = {"A": 26, "B": 10, "C": 22, "D": 48, "E": 48, "F": 48, "G": 20, "H": 20}


def write_sheet(path: Path, rows: Iterable[Row]) -> None:
    """Write a sheet; `BadEntry` where the name ends otherwise, or the file cannot be written."""
    writers = {".csv": _csv, ".xlsx": _xlsx}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise BadEntry(f"{path.name}: name it .xlsx or .csv")
    try:
        path.write_bytes(writer(rows))
    except OSError as error:
        raise BadEntry(f"{path} cannot be written: {error.strerror or error}") from error


def read_sheet(path: Path) -> list[Row]:
    """Return the rows of a sheet, as wide as its head, blanks around cells taken away.

    Raises `BadEntry` where it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadEntry(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > _LARGEST_BYTES:
        raise BadEntry(f"{path.name} has {len(content)} bytes: a sheet of words has less than {_LARGEST_BYTES}")
    rows = _from_xlsx(path.name, content) if content[:2] == b"PK" else _from_csv(path.name, content)
    if len(rows) > _MOST_ROWS:
        raise BadEntry(f"{path.name} has {len(rows)} rows: a sheet of words has less than {_MOST_ROWS}")
    stripped = [[cell.strip() for cell in row] for row in rows]
    width = max((place for place, cell in enumerate(stripped[0], start=1) if cell), default=0) if stripped else 0
    return [tuple((*row, *[""] * width)[:width]) for row in stripped]


def _csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")  # the mark makes spreadsheets read it as UTF-8


def _xlsx(rows: Iterable[Row]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has one
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(row=number, column=place, value=text or None)
            cell.number_format = "@"  # as text, whatever it looks like
            if text:
                cell.data_type = "s"  # a text that begins with = is no formula
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _from_xlsx(name: str, content: bytes) -> list[Row]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            tuple("" if cell is None else str(cell) for cell in row)
            for row in sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS, values_only=True)
        ]
    except (InvalidFileException, BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError) as error:
        raise BadEntry(f"{name} is no XLSX file that can be read: save it again from the spreadsheet") from error


def _from_csv(name: str, content: bytes) -> list[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadEntry(f"{name} is not in UTF-8: save it as “CSV UTF-8”, or as XLSX") from error
    between = max(",;\t", key=text.partition("\n")[0].count)  # a French spreadsheet saves with semicolons
    try:
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=between)]
    except csv.Error as error:
        raise BadEntry(f"{name} is no CSV that can be read: {error}") from error
