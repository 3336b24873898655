"""Names that give way so that a message is one SMS. Pure."""

from collections.abc import Callable, Sequence

import msgspec

from coldchain_server.notifications.sms import room_left, septets, size, spelt_in_gsm

_SHORTEST_NAME = 6
"""No name is cut to less than this, in septets or UTF-16 units; a text that leaves less is too long."""
_ROOM_FOR_NAMES = 26
"""Where a text leaves names less than this, in septets or UTF-16 units, a shorter form of it is said."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What people call a unit and its site."""

    unit: str
    site: str


Form = Callable[[Names], str]
_NAMELESS = Names(unit="", site="")


def fitted(forms: Sequence[Form], names: Names, *, instead: Names) -> str:
    """Return the first of `forms` that leaves room for its names, else the last, with as much of `names` as it holds.

    The longer name gives way. In a text of the GSM alphabet names are spelt in its letters, and a name that has none
    there gives way to the one of `instead`; in any other text they stand as they are.
    """
    gsm = septets(forms[0](_NAMELESS)) is not None
    shown = Names(unit=_spelt(names.unit, instead.unit), site=_spelt(names.site, instead.site)) if gsm else names
    wanted = min(_ROOM_FOR_NAMES, size(shown.unit, gsm=gsm) + size(shown.site, gsm=gsm))
    form = next((form for form in forms if room_left(form(_NAMELESS)) >= wanted), forms[-1])
    return form(_cut(shown, form, gsm=gsm))


def cut_to(name: str, room: int, *, gsm: bool = True) -> str:
    """Shorten `name` to what `room` holds; a full stop shows that it was."""
    if size(name, gsm=gsm) <= room:
        return name
    kept = name
    while kept and size(kept, gsm=gsm) > room - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}."


def _cut(names: Names, form: Form, *, gsm: bool) -> Names:
    empty = form(_NAMELESS)
    unit, room = names.unit, room_left(empty)
    if form(Names(unit=unit, site="")) == empty:
        unit = ""  # a name that the text does not say takes no room
    site = cut_to(names.site, max(room - size(unit, gsm=gsm), room // 2, _SHORTEST_NAME), gsm=gsm)
    left = room - size(site, gsm=gsm)
    return Names(unit=cut_to(unit, max(left, _SHORTEST_NAME), gsm=gsm), site=site)


def _spelt(name: str, instead: str) -> str:
    return spelt_in_gsm(name) or instead
