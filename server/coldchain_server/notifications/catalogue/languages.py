"""The languages there is a slot for: those of the people who keep the milk, French first, and English."""

from types import MappingProxyType

FIRST = "fr"
"""In which every text is written first, and which stands in for what nobody has checked yet."""

WRITTEN = ("fr", "en")
"""Written with the software and held to its rules by its tests; what people write in others is checked by listeners."""

LANGUAGES = MappingProxyType(
    {
        "fr": "français",
        "en": "English",
        "bm": "bambara",
        "ff": "peul (fulfulde)",
        "ha": "haoussa",
        "ses": "songhay (koyraboro senni)",
        "dje": "zarma",
        "ttq": "tamajaq (tawellemmet)",
        "dsq": "dawsahak (tadaksahak)",
        "ar": "arabe",
    }
)
"""Every slot, by its code (ISO 639), and what it is called."""
