"""Describing settings: every key with what it allows, its unit, its default and its meaning, for the documentation."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import FieldInfo, fields

from coldchain_contract.settings.shapes import Shape, allowed, shape_of
from coldchain_contract.settings.writing import toml_text


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. `key` has `NAME` where the file names a thing and `[]` where a list repeats; `default` is TOML."""

    key: str
    allowed: str
    required: bool
    default: str
    unit: str
    description: str


def describe(kind: type[msgspec.Struct]) -> tuple[Setting, ...]:
    """Return every setting of `kind`, nested ones included, in the order of the file."""
    return tuple(_of_table(kind, ""))


def _of_table(kind: type[msgspec.Struct], above: str) -> Iterator[Setting]:
    for field in fields(kind):
        key = f"{above}.{field.encode_name}" if above else field.encode_name
        yield from _of_shape(shape_of(field.type), key, field)


def _of_shape(shape: Shape, key: str, field: FieldInfo) -> Iterator[Setting]:
    while (inner := _inside(shape)) is not None:
        shape, key = shape_of(inner[0]), key + inner[1]
    if shape.table:
        yield from _of_table(shape.table, key)
    else:
        outer = shape_of(field.type)
        yield Setting(
            key=key,
            allowed=allowed(outer),
            required=field.required,
            default=_default(field),
            unit=outer.unit,
            description=outer.description,
        )


def _inside(shape: Shape) -> tuple[Any, str] | None:
    """Return what a list or table of tables holds and how its key goes on; None for anything else."""
    if shape.items is not None and _leads_to_tables(shape.items):
        return shape.items, "[]"
    if shape.entries is not None and _leads_to_tables(shape.entries[1]):
        return shape.entries[1], ".NAME"
    return None


def _leads_to_tables(annotation: Any) -> bool:
    shape = shape_of(annotation)
    return shape.table is not None or _inside(shape) is not None


def _default(field: FieldInfo) -> str:
    if field.required:
        return ""
    made = field.default_factory
    value = field.default if made is msgspec.NODEFAULT else made()
    return "" if value is None else toml_text(value)
