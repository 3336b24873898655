"""What is said in a call: by a recording where there is one, else spoken by the gateway."""

import msgspec


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """`recording` is where a gateway fetches what was recorded; empty: the gateway speaks `text`, in `language`."""

    text: str
    language: str
    recording: str = ""
