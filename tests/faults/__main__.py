"""`python -m faults [--page] [pytest's options]`: run every story, the long ones too, and print the table.

With `--page` the table is written into docs/faults.md, where nothing failed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from faults.report import FOLDER, table

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
_BEGIN, _END = "<!-- table, written by `make soak-page` -->\n", "<!-- end of table -->"
_PAGE = "--page"
_HERE = str(Path(__file__).parent)
_LONGEST_S = 3600


def main(asked: list[str]) -> int:
    """Return what pytest returns; the table is printed whatever came of the stories."""
    options = [word for word in asked if word != _PAGE]
    with tempfile.TemporaryDirectory(prefix="coldchain-faults-") as folder:
        command = [sys.executable, "-m", "pytest", _HERE, f"--timeout={_LONGEST_S}", *options]
        done = subprocess.run(command, env={**os.environ, FOLDER: folder}, check=False)
        shown = table(Path(folder))
    print(shown)
    if _PAGE in asked and done.returncode == 0:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")
    return done.returncode


def with_table(page: str, shown: str) -> str:
    """Return `page` with the table `shown` in place of the one it had; `ValueError` where it has no place for one."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the page has no {_BEGIN.strip()} … {_END}")
    return f"{before}{begin}\n{shown}\n\n{end}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
