"""The answers to a gateway that asks what to do: one element inside another, everything escaped."""

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, tostring

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def response(*children: Element) -> str:
    """Return a whole answer; an empty one says to do nothing, which ends a call."""
    return _DECLARATION + tostring(element("Response", {}, children), encoding="unicode")


def element(name: str, attributes: Mapping[str, str], children: Iterable[Element] = (), *, text: str = "") -> Element:
    made = Element(name, dict(attributes))
    made.text = text or None
    made.extend(children)
    return made
