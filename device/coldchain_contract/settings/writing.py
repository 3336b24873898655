"""Writing settings: the effective configuration as TOML, secrets masked."""

import enum
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time

import msgspec
from msgspec.structs import fields

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def effective(settings: msgspec.Struct | Mapping[str, object]) -> str:
    """Return `settings`, or tables by their names, as TOML text.

    A secret shows as `********`, a setting without a value as a comment.
    """
    return "\n".join(_table(_mapping(settings), ())).strip() + "\n"


def toml_text(value: object) -> str:
    """Return one value as TOML writes it within a line; tables inline, secrets masked."""
    match value:
        case bool() | int() | float():
            return repr(value).lower()
        case datetime() | date() | time():
            return value.isoformat()
        case enum.Enum():
            return toml_text(value.value)
        case msgspec.Struct() | Mapping():
            pairs = [(name, one) for name, one in _mapping(value).items() if one is not None]
            return "{" + ", ".join(f"{_key(name)} = {toml_text(one)}" for name, one in pairs) + "}"
        case tuple() | list() | set() | frozenset():
            return f"[{', '.join(toml_text(item) for item in value)}]"
    return _quoted(str(value))  # a Secret's text is its mask


def _table(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[str]:
    """Yield a table's lines: its plain values first, because what follows a header belongs to it."""
    inner = {name: value for name, value in table.items() if _is_table(value) or _is_tables(value)}
    for name, value in table.items():
        if value is None:
            yield f"# {_key(name)} is not set"
        elif name not in inner:
            yield f"{_key(name)} = {toml_text(value)}"
    for name, value in inner.items():
        path = (*above, name)
        header = ".".join(map(_key, path))
        for one in [value] if _is_table(value) else value:  # type: ignore[attr-defined]
            yield ""
            yield f"[{header}]" if _is_table(value) else f"[[{header}]]"
            yield from _table(_mapping(one), path)


def _is_table(value: object) -> bool:
    return isinstance(value, msgspec.Struct | Mapping)


def _is_tables(value: object) -> bool:
    return isinstance(value, tuple | list) and bool(value) and all(map(_is_table, value))


def _mapping(value: object) -> dict[str, object]:
    if isinstance(value, msgspec.Struct):
        return {field.encode_name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name.value if isinstance(name, enum.Enum) else name): one for name, one in value.items()}
    raise TypeError(f"{value!r} is no table")


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else _quoted(name)


def _quoted(text: str) -> str:
    # TOML forbids a bare DEL where JSON allows it.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
