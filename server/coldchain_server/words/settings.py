"""Settings of the words: where the recordings are."""

from typing import Annotated

import msgspec
from msgspec import Meta


class WordSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[words]`."""

    recordings: Annotated[
        str,
        Meta(description="folder of the recordings, `LANGUAGE/CLIP.wav`; relative to the data folder"),
    ] = "recordings"
