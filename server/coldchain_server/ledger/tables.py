"""The ledger's tables. Instants are UTC milliseconds; JSON columns hold msgspec-encoded values as text."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)


class EnrolmentRow(Base):
    """A device that may speak: since when, and the key that signs its bundles (hex)."""

    __tablename__ = "enrolment"
    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    enrolled_ms: Mapped[int] = mapped_column(BigInteger)
    signing_key: Mapped[str] = mapped_column(String(64))
    withdrawn_ms: Mapped[int | None] = mapped_column(BigInteger)


class DeviceStatusRow(Base):
    """The last status of a device, as it came."""

    __tablename__ = "device_status"
    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    received_ms: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(Text)


class LocalAlarmRow(Base):
    """What a box said of its own light. Append-only, save that incidents mark what they have taken up."""

    __tablename__ = "local_alarm"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32), index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    received_ms: Mapped[int] = mapped_column(BigInteger)
    light: Mapped[str] = mapped_column(String(16))
    change: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    celsius: Mapped[float | None] = mapped_column(Float)
    why: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))  # the worst; empty: not said
    level: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    since_ms: Mapped[int | None] = mapped_column(BigInteger)
    asked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # heard on request, by nobody
    taken: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    __table_args__ = (
        Index("ix_local_alarm_waiting", "id", sqlite_where=text("taken = 0"), postgresql_where=text("NOT taken")),
    )


class LatestRow(Base):
    """The newest reading of each probe that judging has seen, so that pages need no store for it."""

    __tablename__ = "latest"
    probe: Mapped[str] = mapped_column(String(160), primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    received_ms: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None] = mapped_column(Float)
    quality: Mapped[str] = mapped_column(String(16))
    ok_at_ms: Mapped[int | None] = mapped_column(BigInteger)  # the newest reading that had a value
    ok_value: Mapped[float | None] = mapped_column(Float)
    estimated: Mapped[bool] = mapped_column(Boolean, default=False)  # dated by its receipt


class CursorRow(Base):
    """How far a stage has read the rows of the stage before it."""

    __tablename__ = "stage_cursor"
    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class RuleStateRow(Base):
    """What a rule carries that judges no readings of a probe; `subject` is a unit or a device."""

    __tablename__ = "rule_state"
    subject: Mapped[str] = mapped_column(String(160), primary_key=True)
    rule: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(Text)


class CourseRow(Base):
    """What judging carries of one probe from one reading to the next."""

    __tablename__ = "course"
    probe: Mapped[str] = mapped_column(String(160), primary_key=True)
    state: Mapped[str] = mapped_column(Text)


class CheckpointRow(Base):
    """The course of one probe in its place after its reading of `at_ms`: the last before the stretch `slot` began."""

    __tablename__ = "checkpoint"
    probe: Mapped[str] = mapped_column(String(160), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # when the placement began
    slot: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)


class TermsRow(Base):
    """By what readings are judged, once for all who are judged by the same; `key` is made of the content."""

    __tablename__ = "terms"
    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    terms: Mapped[str] = mapped_column(Text)


class JudgedByRow(Base):
    """By which terms one probe in its place is judged from `since_ms` on: the past keeps those it had."""

    __tablename__ = "judged_by"
    probe: Mapped[str] = mapped_column(String(160), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    since_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    terms: Mapped[str] = mapped_column(String(32))


class TimelineRow(Base):
    """One verdict of the timeline: what the readings alone say of one probe in its place, however late they came."""

    __tablename__ = "timeline"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    unit: Mapped[str] = mapped_column(String(32))
    probe: Mapped[str] = mapped_column(String(160))
    from_ms: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str] = mapped_column(String(64))
    standing: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    since_ms: Mapped[int] = mapped_column(BigInteger)
    happened_ms: Mapped[int] = mapped_column(BigInteger)
    at_ms: Mapped[int] = mapped_column(BigInteger)  # the reading that showed it: a gap shows at its end only
    evidence: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        Index("ix_timeline_unit_happened", "unit", "happened_ms"),
        Index("ix_timeline_probe_at", "probe", "at_ms"),
    )


class DirtyRow(Base):
    """Where the timeline of one probe in its place is not yet what its readings say, because some came late.

    `start_ms` to `end_ms` are the instants of late readings; None where they are worked in. Then `course` is where that
    has come to after the reading of `through_ms`, and it goes on until it is what live judging has. `marks` counts
    changes, `position` is how far the store must have the spool. `due_ms` is when to look again.
    """

    __tablename__ = "dirty_interval"
    probe: Mapped[str] = mapped_column(String(160), primary_key=True)
    from_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    start_ms: Mapped[int | None] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    marks: Mapped[int] = mapped_column(BigInteger)
    marked_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    through_ms: Mapped[int | None] = mapped_column(BigInteger)
    course: Mapped[str | None] = mapped_column(Text)


class VerdictRow(Base):
    """One change of what a rule says. Append-only, save that incidents mark what they have taken up, in order of id.

    A verdict of something else than a unit, such as a channel that is dead, has no unit, and no site if it is nobody's.
    """

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32), index=True)
    subject: Mapped[str] = mapped_column(String(160))
    rule: Mapped[str] = mapped_column(String(64))
    standing: Mapped[str] = mapped_column(String(16))  # fine, breach, unknown
    level: Mapped[str] = mapped_column(String(16))  # warning, critical
    reason: Mapped[str] = mapped_column(String(32))
    since_ms: Mapped[int] = mapped_column(BigInteger)  # when what is said began
    happened_ms: Mapped[int] = mapped_column(BigInteger)  # the instant that made it so
    learnt_ms: Mapped[int] = mapped_column(BigInteger)
    evidence: Mapped[str] = mapped_column(Text)
    # Found by late readings: a breach is one summary, and `still_there` says that milk which it touched may still be
    # in the unit; what is fine says that such milk is taken to be gone.
    past: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    still_there: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    taken: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    __table_args__ = (
        Index("ix_verdict_waiting", "id", sqlite_where=text("taken = 0"), postgresql_where=text("NOT taken")),
    )


class IncidentRow(Base):
    """A breach being handled. `state` changes only by compare-and-set, each time with a transition row.

    An incident of a whole site or device has no `unit`, one over several sites no `site` either. `parent_id` is the
    larger cause that it belongs to, `mute_id` what it is muted by; it keeps both when it is over.
    """

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32), index=True)
    unit: Mapped[str] = mapped_column(String(32), index=True)
    subject: Mapped[str] = mapped_column(String(160))
    rule: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)  # pending, open, acknowledged, resolved, suppressed
    since_ms: Mapped[int] = mapped_column(BigInteger)
    opened_ms: Mapped[int] = mapped_column(BigInteger)
    resolved_ms: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(32))
    evidence: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(_BIG, index=True)
    mute_id: Mapped[int | None] = mapped_column(_BIG)
    held_until_ms: Mapped[int | None] = mapped_column(BigInteger)  # while pending: when it opens at the latest
    fine_ms: Mapped[int | None] = mapped_column(BigInteger)  # while it comes and goes: since when it is fine this time
    flaps: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # how often it came back soon
    handling: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))  # while acknowledged
    past: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())  # found late, over before


class TransitionRow(Base):
    """One change of an incident's state: when it happened, when it was learnt, who, why. Append-only.

    `event` is that of `incidents.table` which made it so. Of an answer, `handling` says what is done; `text` is theirs.
    """

    __tablename__ = "transition"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    verdict_id: Mapped[int | None] = mapped_column(ForeignKey("verdict.id"))
    from_state: Mapped[str] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    happened_ms: Mapped[int] = mapped_column(BigInteger)
    learnt_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)
    event: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    handling: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    text: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))


class MuteRow(Base):
    """A stretch of time in which nobody is told of what happens in a unit, at a site or anywhere: a silence, or a
    maintenance window. Critical milk is told all the same, unless it says otherwise. It may end before its time.
    """

    __tablename__ = "mute"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))  # empty: every site
    unit: Mapped[str] = mapped_column(String(32))  # empty: every unit
    from_ms: Mapped[int] = mapped_column(BigInteger)
    to_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    critical_milk: Mapped[bool] = mapped_column(Boolean)
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)
    made_ms: Mapped[int] = mapped_column(BigInteger)
    ended_by: Mapped[str] = mapped_column(String(64), default="")  # who ended it before its time


class SetAsideRow(Base):
    """A probe that somebody called faulty: from then on it judges nothing, until it is back in use."""

    __tablename__ = "set_aside"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32))
    probe: Mapped[str] = mapped_column(String(160), index=True)
    from_ms: Mapped[int] = mapped_column(BigInteger)
    to_ms: Mapped[int | None] = mapped_column(BigInteger)
    incident_id: Mapped[int | None] = mapped_column(_BIG)
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)
    back_by: Mapped[str] = mapped_column(String(64), default="")


class NotificationRow(Base):
    """One message to one person by one channel. (occasion, contact, channel) is told at most once.

    `occasion` names what is told, such as a step of one round of telling an incident. It `counts` once the person was
    told in a way that they understand; `fell_through` is that it did not, and nobody has looked for another way yet.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("occasion", "contact", "channel"),
        Index("ix_notification_state_next", "state", "next_ms"),
        Index("ix_notification_contact_handed", "contact", "handed_ms"),
        Index(
            "ix_notification_fell_through",
            "id",
            sqlite_where=text("fell_through = 1"),
            postgresql_where=text("fell_through"),
        ),
    )
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    occasion: Mapped[str] = mapped_column(String(96))
    kind: Mapped[str] = mapped_column(String(16))  # a change of an incident, heartbeat, good-news
    site: Mapped[str] = mapped_column(String(32))
    transition_id: Mapped[int | None] = mapped_column(ForeignKey("transition.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    critical: Mapped[bool] = mapped_column(Boolean, default=False)
    contact: Mapped[str] = mapped_column(String(64))
    channel: Mapped[int] = mapped_column(Integer)  # the place in the contact's list of channels
    channel_kind: Mapped[str] = mapped_column(String(32))  # console, mailto, ...: never the address, it holds secrets
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))  # pending, sending, sent, failed, unknown, folded
    attempts: Mapped[int] = mapped_column(Integer)
    next_ms: Mapped[int] = mapped_column(BigInteger)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    handed_ms: Mapped[int | None] = mapped_column(BigInteger)  # when it was last handed to its channel
    sent_ms: Mapped[int | None] = mapped_column(BigInteger)
    held_ms: Mapped[int | None] = mapped_column(BigInteger)  # since when it is held back: too many in one hour
    counts: Mapped[bool] = mapped_column(Boolean, default=False)
    fell_through: Mapped[bool] = mapped_column(Boolean, default=False)
    outcome: Mapped[str] = mapped_column(Text)


class AttemptRow(Base):
    """One handing over of a message to its channel: when, what came of it, and what was reported of it later."""

    __tablename__ = "attempt"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)  # of the message, from 1
    channel_kind: Mapped[str] = mapped_column(String(32))
    began_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))  # sending, taken, failed, refused, unknown
    said: Mapped[str] = mapped_column(Text)
    counts: Mapped[bool] = mapped_column(Boolean)
    reference: Mapped[str] = mapped_column(String(160))  # the other side's name for it; empty: no report will come
    report: Mapped[str] = mapped_column(String(16))  # arrived, lost; empty: none yet
    report_said: Mapped[str] = mapped_column(Text)
    report_ms: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        UniqueConstraint("notification_id", "number"),
        Index("ix_attempt_reference", "channel_kind", "reference"),
    )


class TellingRow(Base):
    """Who is told of an incident next, and when: one round of its list. Changes only by compare-and-set.

    A round begins with a transition to open, and goes on until somebody answers or it is over; then `due_ms` is None.
    """

    __tablename__ = "telling"
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    transition_id: Mapped[int] = mapped_column(ForeignKey("transition.id"))
    step: Mapped[int] = mapped_column(Integer)  # how many steps of the list have been told
    step_ms: Mapped[int] = mapped_column(BigInteger)  # when the last of them was, or the round began
    reminders: Mapped[int] = mapped_column(Integer)
    reminded_ms: Mapped[int] = mapped_column(BigInteger)  # when people were last reminded, or the round began
    due_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)


class DisabledChannelRow(Base):
    """A contact's address that its channel refuses for good. It is used again once a person says so."""

    __tablename__ = "disabled_channel"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    contact: Mapped[str] = mapped_column(String(64), index=True)
    channel_kind: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(64))  # a digest: the address itself holds secrets
    since_ms: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(Text)
    enabled_ms: Mapped[int | None] = mapped_column(BigInteger)
    enabled_by: Mapped[str] = mapped_column(String(64), default="")


class RequestRow(Base):
    """Something asked of a device. `state` changes only by compare-and-set; `who` is empty where the server asked."""

    __tablename__ = "request"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(String(32), index=True)
    action: Mapped[str] = mapped_column(String(16))  # resend, read, identify, silence
    outbox: Mapped[str] = mapped_column(String(36))  # of a resend, else empty
    sequences: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(64))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))  # open, done, declined, expired, cancelled
    tries: Mapped[int] = mapped_column(Integer)
    asked_ms: Mapped[int | None] = mapped_column(BigInteger)  # when it was last published
    next_ms: Mapped[int] = mapped_column(BigInteger)
    closed_ms: Mapped[int | None] = mapped_column(BigInteger)
    answer: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))  # of a silence; empty: all
    whys: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # of a silence: about what
    __table_args__ = (Index("ix_request_state_next", "state", "next_ms"),)


class LossRow(Base):
    """Readings that were taken and will not come any more, named by their numbers. Append-only."""

    __tablename__ = "loss"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(String(32), index=True)
    outbox: Mapped[str] = mapped_column(String(36), index=True)
    sequences: Mapped[str] = mapped_column(Text)
    readings: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(String(32))
    learnt_ms: Mapped[int] = mapped_column(BigInteger)


class DeviceOutboxRow(Base):
    """How far an outbox of a device reached when its status last named it."""

    __tablename__ = "device_outbox"
    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    outbox: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(32))
    lowest: Mapped[int] = mapped_column(BigInteger)
    highest: Mapped[int] = mapped_column(BigInteger)
    said_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class DeviceIdentityRow(Base):
    """The boots and outboxes that lately spoke under a device's name, from which two boxes with one name show."""

    __tablename__ = "device_identity"
    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen: Mapped[str] = mapped_column(Text)


class FindingRow(Base):
    """Something wrong with a device or a unit that a person must see to; it goes on while `ended_ms` is None."""

    __tablename__ = "finding"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(String(32), index=True)  # empty where it is a unit
    kind: Mapped[str] = mapped_column(String(32))
    since_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
    ended_ms: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(32), index=True, default="")  # empty where it is a device


class ProfileEditRow(Base):
    """A limit profile as somebody changed it (JSON); empty: as in the fleet file. Append-only; the newest counts."""

    __tablename__ = "profile_edit"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(32), index=True)
    profile: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)


class SiteOffsetRow(Base):
    """An offset on how a site's milk begins (JSON) that is gone by from then on; empty: none is. Append-only."""

    __tablename__ = "site_offset"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    site: Mapped[str] = mapped_column(String(32), index=True)
    offset: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))
    why: Mapped[str] = mapped_column(Text)


class LessonRow(Base):
    """What a site's tests taught last (JSON), with every event of its milk up to `through`; made anew as more come."""

    __tablename__ = "lesson"
    site: Mapped[str] = mapped_column(String(32), primary_key=True)
    learnt_ms: Mapped[int] = mapped_column(BigInteger)
    through: Mapped[int] = mapped_column(BigInteger)
    lesson: Mapped[str] = mapped_column(Text)


class UserRow(Base):
    """Someone who signs in to the pages. A cooperative's user sees its own site only."""

    __tablename__ = "user_account"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    role: Mapped[str] = mapped_column(String(16))
    site: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(8))


class AuditRow(Base):
    """Who did what by hand, and when. Append-only."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(160))
    detail: Mapped[str] = mapped_column(Text)


__all__ = [
    "AttemptRow",
    "AuditRow",
    "Base",
    "CheckpointRow",
    "CourseRow",
    "CursorRow",
    "DeviceIdentityRow",
    "DeviceOutboxRow",
    "DeviceStatusRow",
    "DirtyRow",
    "DisabledChannelRow",
    "EnrolmentRow",
    "FindingRow",
    "IncidentRow",
    "JudgedByRow",
    "LatestRow",
    "LessonRow",
    "LocalAlarmRow",
    "LossRow",
    "MuteRow",
    "NotificationRow",
    "ProfileEditRow",
    "RequestRow",
    "RuleStateRow",
    "SetAsideRow",
    "SiteOffsetRow",
    "TellingRow",
    "TermsRow",
    "TimelineRow",
    "TransitionRow",
    "UserRow",
    "VerdictRow",
]


class HandReadingRow(Base):
    """A temperature that somebody read off a thermometer; `state` changes only by compare-and-set."""

    __tablename__ = "hand_reading"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    site: Mapped[str] = mapped_column(String(32), index=True)
    unit: Mapped[str] = mapped_column(String(32))
    source: Mapped[str] = mapped_column(String(32))
    probe: Mapped[str] = mapped_column(String(160))
    celsius: Mapped[float] = mapped_column(Float)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    told_ms: Mapped[int] = mapped_column(BigInteger)
    due_ms: Mapped[int] = mapped_column(BigInteger)  # until then it can be undone, and does not count yet
    who: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(8))  # form, sms
    state: Mapped[str] = mapped_column(String(16))  # waiting, entered, undone
    __table_args__ = (Index("ix_hand_reading_state_due", "state", "due_ms"),)


class MilkEventRow(Base):
    """What somebody told of the milk in a unit, or that it is taken back: `withdraws` is the number of what is.

    Append-only; an event that nothing withdraws is in force. `body` is the event as JSON, empty where it takes back.
    """

    __tablename__ = "milk_event"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)  # the same where the same telling comes again
    site: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    learnt_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    withdraws: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    who: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(8))  # page, sms, box
    __table_args__ = (Index("ix_milk_event_unit_at", "unit", "at_ms"),)


class FreshnessCardRow(Base):
    """A freshness card as it was made (JSON), for good; `withdrawn_ms` is when somebody took it back."""

    __tablename__ = "freshness_card"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    site: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32))
    issued_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(64))
    withdrawn_ms: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn_by: Mapped[str] = mapped_column(String(64), default="")
    __table_args__ = (Index("ix_freshness_card_unit_issued", "unit", "issued_ms"),)


class StickerRow(Base):
    """A sticker put on a unit: whoever scans it sees how the unit stands, and no more. The newest of a unit counts."""

    __tablename__ = "sticker"
    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    unit: Mapped[str] = mapped_column(String(32), index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))


class HeardRow(Base):
    """What somebody said back by SMS, keypad or missed call: done once, however often it is delivered.

    Its reply goes out by the way it came; `phone` is which of the person's numbers that was.
    """

    __tablename__ = "heard"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    way: Mapped[str] = mapped_column(String(16))  # sms, key, missed-call
    contact: Mapped[str] = mapped_column(String(64), index=True)
    phone: Mapped[int] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    said: Mapped[str] = mapped_column(String(32))  # a handling, state, reading, nothing
    incidents: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    channel_kind: Mapped[str] = mapped_column(String(32))  # what the reply is sent by; empty: the gateway's own answer
    state: Mapped[str] = mapped_column(String(16))  # of the reply: none, pending, sending, sent, failed, unknown
    attempts: Mapped[int] = mapped_column(Integer)
    next_ms: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index("ix_heard_state_next", "state", "next_ms"),)


class ChannelHealthRow(Base):
    """How a modem or a gateway does that many people are told by: failing since when, and whether it counts as dead."""

    __tablename__ = "channel_health"
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    failing_since_ms: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer)
    dead: Mapped[bool] = mapped_column(Boolean)
    trouble: Mapped[str] = mapped_column(Text)
    changed_ms: Mapped[int] = mapped_column(BigInteger)


class WordRow(Base):
    """A text of the catalogue in a language that is not written with the software, as it was imported last."""

    __tablename__ = "word"
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))


class WordCheckRow(Base):
    """A native listener's word that a text, or a recording, says what it should. It holds for that very `digest`."""

    __tablename__ = "word_check"
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)  # text, voice
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    listener: Mapped[str] = mapped_column(String(64), primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(64))  # who wrote it down
