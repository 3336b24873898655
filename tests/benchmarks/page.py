"""The page that shows the figures: they are written between two marks, and the words around them are a person's."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- figures, written by `make bench-page` -->\n", "<!-- end of figures -->"


def with_figures(page: str, figures: str) -> str:
    """Return `page` with `figures` in place of those it had; `ValueError` where it has no place for them."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the page has no {_BEGIN.strip()} … {_END}")
    return f"{before}{begin}\n{figures.strip()}\n\n{end}{after}"
