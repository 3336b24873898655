"""The page that shows the tables: they are written between two marks, and the words around them are a person's."""

from collections.abc import Iterable

from coldchain_app.evaluation.table import Table
from coldchain_server.errors import BadEntry

_END = "<!-- end of tables -->"


def with_tables(page: str, tables: Iterable[Table], *, target: str = "rules-page") -> str:
    """Return `page` with `tables` in place of those it had; `BadEntry` where it has no place for them.

    `target` is what the mark before them says writes them: `make rules-page`.
    """
    mark = f"<!-- tables, written by `make {target}` -->\n"
    before, begin, rest = page.partition(mark)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise BadEntry(f"the page has no {mark.strip()} … {_END}")
    written = "\n\n".join(table.markdown() for table in tables)
    return f"{before}{begin}\n{written}\n\n{end}{after}"
