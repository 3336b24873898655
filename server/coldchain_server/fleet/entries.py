"""Reading a fleet file table by table, so that one mistake hides no other."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from coldchain_contract.errors import BadIdentifier
from coldchain_contract.identifiers import identifier
from coldchain_contract.settings import BadSettings, Mistake, nearest, read_settings
from coldchain_server.fleet.file import (
    ContactTable,
    DeviceTable,
    FleetFile,
    PlacementTable,
    ProfileTable,
    SiteTable,
    SourceTable,
    UnitTable,
)

T = TypeVar("T", bound=msgspec.Struct)


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """The tables that could be read by themselves. `named` are all names in the file, readable or not."""

    sites: dict[str, SiteTable]
    units: dict[str, UnitTable]
    devices: dict[str, DeviceTable]
    sources: dict[str, SourceTable]
    placements: dict[int, PlacementTable]
    contacts: dict[str, ContactTable]
    profiles: dict[str, ProfileTable]
    named: dict[str, frozenset[str]]


def read_entries(
    data: Mapping[str, object], *, file: str, read_file: Callable[[str], str]
) -> tuple[Entries, list[Mistake]]:
    """Return what could be read and every mistake in what could not."""
    reader = _Reader(data, file=file, read_file=read_file)
    reader.unknown_sections()
    entries = Entries(
        sites=reader.section("sites", SiteTable),
        units=reader.section("units", UnitTable),
        devices=reader.section("devices", DeviceTable),
        sources=reader.section("sources", SourceTable),
        placements=reader.placements(),
        contacts={name: reader.with_addresses(name, table) for name, table in reader.contacts().items()},
        profiles=reader.section("profiles", ProfileTable),
        named=reader.named,
    )
    return entries, reader.mistakes


class _Reader:
    def __init__(self, data: Mapping[str, object], *, file: str, read_file: Callable[[str], str]) -> None:
        self.data, self.file, self.read_file = data, file, read_file
        self.mistakes: list[Mistake] = []
        self.named: dict[str, frozenset[str]] = {}

    def wrong(self, key: str, found: str, allowed: str, near: str = "") -> None:
        self.mistakes.append(Mistake(file=self.file, key=key, found=found, allowed=allowed, near=near))

    def unknown_sections(self) -> None:
        known = FleetFile.__struct_fields__
        for name in self.data:
            if name not in known:
                self.wrong(name, "an unknown key", ", ".join(known), nearest(name, known))

    def section(self, name: str, kind: type[T]) -> dict[str, T]:
        """Read `[name.ID]` tables; IDs must be identifiers."""
        tables = self.data.get(name, {})
        if not isinstance(tables, Mapping):
            self.wrong(name, "something else", f"tables such as [{name}.ID]")
            tables = {}
        self.named[name] = frozenset(tables)
        read = {}
        for key, table in tables.items():
            dotted = f"{name}.{key}"
            try:
                identifier(key)
            except BadIdentifier:
                self.wrong(dotted, repr(key), "an ID: 1 to 32 of a-z, 0-9 and inner hyphens")
            if (one := self.table(table, kind, dotted)) is not None:
                read[key] = one
        return read

    def placements(self) -> dict[int, PlacementTable]:
        tables = self.data.get("placements", [])
        if not isinstance(tables, list):
            self.wrong("placements", "something else", "tables such as [[placements]]")
            return {}
        read = {
            number: self.table(table, PlacementTable, f"placements[{number}]") for number, table in enumerate(tables)
        }
        return {number: table for number, table in read.items() if table is not None}

    def contacts(self) -> dict[str, ContactTable]:
        """Read contacts; what was found in place of a channel is not shown, it may hold a secret."""
        before = len(self.mistakes)
        read = self.section("contacts", ContactTable)
        self.mistakes[before:] = [
            msgspec.structs.replace(mistake, found="something else") if ".channels" in mistake.key else mistake
            for mistake in self.mistakes[before:]
        ]
        return read

    def with_addresses(self, name: str, contact: ContactTable) -> ContactTable:
        """Add the addresses of `channels_file` behind those of `channels`."""
        if contact.channels_file is None:
            return contact
        try:
            text = self.read_file(contact.channels_file)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            found = f"{contact.channels_file!r}: {reason}"
            self.wrong(f"contacts.{name}.channels_file", found, "a file that can be read")
            return contact
        lines = (line.strip() for line in text.splitlines())
        further = tuple(line for line in lines if line and not line.startswith("#"))
        if not further:
            found = f"{contact.channels_file!r}, which has no address in it"
            self.wrong(f"contacts.{name}.channels_file", found, "one address a line")
        return msgspec.structs.replace(contact, channels=(*contact.channels, *further))

    def table(self, table: object, kind: type[T], key: str) -> T | None:
        if not isinstance(table, Mapping):
            self.wrong(key, "something else", "a table")
            return None
        try:
            return read_settings(table, kind, file=self.file, read_file=self.read_file)
        except BadSettings as bad:
            self.mistakes += [
                msgspec.structs.replace(mistake, key=f"{key}.{mistake.key}" if mistake.key else key)
                for mistake in bad.mistakes
            ]
            return None
