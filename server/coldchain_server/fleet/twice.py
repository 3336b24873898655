"""Tables given twice in a TOML text, which its parser refuses before it looks at anything else."""

import re

from coldchain_contract.settings import Mistake

_TABLE = re.compile(r"\s*\[\s*(?P<name>[^\[\]]+?)\s*\]\s*(?:#.*)?")
_ANY_HEADER = re.compile(r"\s*\[")


def without_repeats(text: str, *, file: str) -> tuple[str, list[Mistake]]:
    """Return `text` without every later `[table]` of the same name, line numbers kept, and a mistake for each."""
    first_seen: dict[str, int] = {}
    kept: list[str] = []
    mistakes: list[Mistake] = []
    dropping = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _ANY_HEADER.match(line):
            header = _TABLE.fullmatch(line)
            name = re.sub(r"\s*\.\s*", ".", header["name"]).replace('"', "") if header else ""
            dropping = bool(name) and name in first_seen
            if dropping:
                found = f"a second table on line {number}; the first is on line {first_seen[name]}"
                mistakes.append(Mistake(file=file, key=name, found=found, allowed="each ID once"))
            elif name:
                first_seen[name] = number
        kept.append("" if dropping else line)
    return "\n".join(kept) + "\n", mistakes
