"""A finding: one thing that was looked at, how it stands, and what mends it."""

import enum

import msgspec


class Grade(enum.Enum):
    GOOD = "good"
    ADVICE = "advice"  # works, and could be better
    WRONG = "wrong"  # does not work


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is a stable word for scripts; `remedy` is empty where nothing is to be done."""

    name: str
    grade: Grade
    what: str
    remedy: str = ""


def good(name: str, what: str) -> Finding:
    return Finding(name=name, grade=Grade.GOOD, what=what)


def advice(name: str, what: str, remedy: str) -> Finding:
    return Finding(name=name, grade=Grade.ADVICE, what=what, remedy=remedy)


def wrong(name: str, what: str, remedy: str) -> Finding:
    return Finding(name=name, grade=Grade.WRONG, what=what, remedy=remedy)
