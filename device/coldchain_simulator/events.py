"""The event: something that began, ended or was done in the simulated world."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag="event", tag_field="kind", omit_defaults=True):
    """`subject` is the unit, site or device; `what` one of `fill`, `drawing`, `door`, `ice`, `fault`, `mended`,
    `mains off`, `mains on`, `device off`, `device on`."""

    at_ms: int
    subject: str
    what: str
    detail: str = ""
