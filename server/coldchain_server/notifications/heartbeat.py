"""The daily trial of the whole way to a site: when it is sent, and when it counts as lost. Pure."""

import enum
from datetime import date, datetime, time

import msgspec

from coldchain_contract.clock import milliseconds
from coldchain_server.fleet.model import Site
from coldchain_server.notifications.settings import NotificationSettings


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a trial: how it was sent, whether its channel reports, and what was heard since.

    `sent_ms` None is one that was not taken yet; `hopeless`, that it never will be.
    """

    due_ms: int
    sent_ms: int | None = None
    hopeless: bool = False
    reports: bool = False
    arrived: bool = False
    lost: bool = False
    replied: bool = False


class Verdict(enum.Enum):
    """What a trial says of the way to a site."""

    ARRIVED = "it arrived"
    ANSWERED = "its person has written or rung since"
    TAKEN = "it was taken, and no report ever comes by this channel"
    WAITING = "there is time left"
    REPORTED_LOST = "it was reported lost"
    NOT_SENT = "it could not be sent"
    NO_REPORT = "no report of it came, and no word of its person"


WORKS = frozenset({Verdict.ARRIVED, Verdict.ANSWERED, Verdict.TAKEN})
LOST = frozenset({Verdict.REPORTED_LOST, Verdict.NOT_SENT, Verdict.NO_REPORT})


def due_ms(site: Site, day: date, settings: NotificationSettings) -> int:
    """Return when the trial of a local day is due."""
    return milliseconds(datetime.combine(day, time(settings.heartbeat_hour), site.zone))


def judge(trial: Trial, *, now_ms: int, settings: NotificationSettings) -> Verdict:
    """Return what is known of the way to a site by its trial, `heartbeat_within_s` after it was due at the latest."""
    if trial.arrived or trial.replied:
        return Verdict.ARRIVED if trial.arrived else Verdict.ANSWERED
    if trial.lost:
        return Verdict.REPORTED_LOST
    if trial.sent_ms is not None and not trial.reports:
        return Verdict.TAKEN
    if trial.hopeless:
        return Verdict.NOT_SENT
    if now_ms < trial.due_ms + settings.heartbeat_within_s * 1000:
        return Verdict.WAITING
    return Verdict.NOT_SENT if trial.sent_ms is None else Verdict.NO_REPORT
