"""What a setting's annotation allows, in words; both reading and describing rest on it."""

import enum
import types
import typing
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import inspect

from coldchain_contract.settings.secret import Secret

_CUSTOM: dict[type, str] = {
    Path: "a path",
    Secret: "a secret text, or the same key ending in _file with its path",
    ZoneInfo: "a time zone such as Africa/Bamako",
}
_PLAIN: dict[type[inspect.Type], str] = {
    inspect.BoolType: "true or false",
    inspect.TimeType: "a time of day such as 18:30:00",
    inspect.DateType: "a date such as 2026-03-01",
    inspect.DateTimeType: "an instant such as 2026-03-01T06:00:00Z",
    inspect.AnyType: "anything",
    inspect.StructType: "a table",
    inspect.DictType: "a table of tables",
}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """An annotation taken apart. `bare` is without `Annotated` and `| None`; `metas` are what `Annotated` carried."""

    annotation: Any
    bare: Any
    metas: tuple[msgspec.Meta, ...] = ()

    @property
    def table(self) -> type[msgspec.Struct] | None:
        """The struct this is a table of, if it is one."""
        is_struct = isinstance(self.bare, type) and issubclass(self.bare, msgspec.Struct)
        return self.bare if is_struct else None

    @property
    def items(self) -> Any | None:
        """The annotation of each item, where this is a list or a tuple of any length."""
        arguments = typing.get_args(self.bare)
        match typing.get_origin(self.bare):
            case origin if origin is list:
                return arguments[0]
            case origin if origin is tuple and arguments[-1] is Ellipsis:
                return arguments[0]
        return None

    @property
    def entries(self) -> tuple[Any, Any] | None:
        """The annotations of name and value, where this is a table of names."""
        return typing.get_args(self.bare) or None if typing.get_origin(self.bare) is dict else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts to choose from, where this is an enumeration or a literal."""
        if isinstance(self.bare, type) and issubclass(self.bare, enum.Enum):
            return tuple(str(member.value) for member in self.bare)
        return tuple(map(str, typing.get_args(self.bare))) if typing.get_origin(self.bare) is typing.Literal else ()

    @property
    def is_secret(self) -> bool:
        return self.bare is Secret

    @property
    def description(self) -> str:
        return next((meta.description for meta in self.metas if meta.description), "")

    @property
    def unit(self) -> str:
        schemas = (meta.extra_json_schema or {} for meta in self.metas)
        return next((str(schema["unit"]) for schema in schemas if "unit" in schema), "")


def shape_of(annotation: Any) -> Shape:
    """Take an annotation apart, through any nesting of `Annotated`, `| None` and named types."""
    bare: Any = annotation
    metas: tuple[msgspec.Meta, ...] = ()
    while True:
        origin, arguments = typing.get_origin(bare), typing.get_args(bare)
        some = tuple(argument for argument in arguments if argument is not types.NoneType)
        if origin is Annotated:
            bare, metas = arguments[0], (*metas, *(meta for meta in arguments[1:] if isinstance(meta, msgspec.Meta)))
        elif origin in (typing.Union, types.UnionType) and len(some) == 1:
            bare = some[0]
        elif isinstance(bare, typing.NewType):
            bare = bare.__supertype__
        else:
            return Shape(annotation=annotation, bare=bare, metas=metas)


def allowed(shape: Shape) -> str:
    """Say in words what `shape` allows, its unit included."""
    unit = f" {shape.unit}" if shape.unit else ""
    return _words(inspect.type_info(shape.annotation), unit)


def _words(kind: inspect.Type, unit: str) -> str:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    match kind:
        case inspect.UnionType(types=members):
            return " or ".join(_words(member, unit) for member in members if not isinstance(member, inspect.NoneType))
        case inspect.IntType() | inspect.FloatType():
            noun = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            return f"{noun}{_bounds(kind)}{unit}"
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
            length = _range(kind.min_length, kind.max_length)
            return f"a list{length and f' ({length} items)'} of {_words(kind.item_type, unit)}"
        case inspect.TupleType(item_types=members):
            return f"a list of {len(members)}: {', then '.join(_words(member, unit) for member in members)}"
        case inspect.DictType(value_type=inner) if not isinstance(inner, inspect.StructType):
            return f"a table whose values are each {_words(inner, unit)}"
    return _plain_words(kind)


def _plain_words(kind: inspect.Type) -> str:
    match kind:
        case inspect.StrType():
            length = _range(kind.min_length, kind.max_length)
            pattern = f" matching {kind.pattern}" if kind.pattern else ""
            return f"a text{length and f' of {length} characters'}{pattern}"
        case inspect.EnumType(cls=enumeration):
            return f"one of {', '.join(str(member.value) for member in enumeration)}"
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case inspect.CustomType(cls=custom):
            return _CUSTOM.get(custom, custom.__name__)
    return _PLAIN.get(type(kind), type(kind).__name__.removesuffix("Type").lower())


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    lowest = [f"at least {kind.ge}"] if kind.ge is not None else [f"above {kind.gt}"] if kind.gt is not None else []
    highest = [f"at most {kind.le}"] if kind.le is not None else [f"below {kind.lt}"] if kind.lt is not None else []
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge} to {kind.le}"
    return "".join(f" {bound}" for bound in (" and ".join([*lowest, *highest]),) if bound)


def _range(least: int | None, most: int | None) -> str:
    if least and most is not None:
        return f"{least} to {most}"
    return f"at least {least}" if least else f"at most {most}" if most is not None else ""
