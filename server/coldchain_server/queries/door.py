"""The reading door: every question the pages may ask, each within what its viewer may see."""

from collections.abc import Callable, Iterator
from typing import Protocol
from uuid import UUID

import msgspec
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, UnitId
from coldchain_contract.sequences import Sequences
from coldchain_server.errors import NotAllowed, ServerError
from coldchain_server.fleet.model import Fleet, Role
from coldchain_server.lab.sheet import batches_sheet
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.stickers import code_of
from coldchain_server.ledger.tables import IncidentRow, LatestRow, NotificationRow
from coldchain_server.milk.rows import Entry
from coldchain_server.notifications.catalogue import Catalogue, Part
from coldchain_server.pictures.freshness import card_picture
from coldchain_server.pictures.freshness import scene_of as card_scene
from coldchain_server.pictures.freshness import sentence_of as card_sentence
from coldchain_server.pictures.picture import picture
from coldchain_server.queries.boxes import BoxNow, boxes_now, lost_readings, open_findings, open_requests
from coldchain_server.queries.courses import UnitCourse, unit_course
from coldchain_server.queries.curves import Span, unit_curve
from coldchain_server.queries.freshness import Checked, Offer, checked, offer
from coldchain_server.queries.hand import HandPage, Measurable, hand_page, measurable
from coldchain_server.queries.handled import AsideNow, MuteNow, mutes_now, probes_set_aside
from coldchain_server.queries.incidents import incident_list, incident_story, seen_incident
from coldchain_server.queries.learning import LearningNow, learning_now
from coldchain_server.queries.milk import MilkNow, milk_now, tests_of_unit
from coldchain_server.queries.milk_range import MilkRange, milk_range
from coldchain_server.queries.people import viewer_named
from coldchain_server.queries.profiles import ProfileNow, profile_now, profiles_now
from coldchain_server.queries.sharing import Share, share
from coldchain_server.queries.speech import CallReader, CallSpeech, Passage
from coldchain_server.queries.stickers import AtSticker, at_sticker
from coldchain_server.queries.telling import RefusedAddress, TellingNow, held_back, refused_addresses, telling_now
from coldchain_server.queries.units import seen_unit, unit_story, units_now
from coldchain_server.queries.values import (
    BoxCounts,
    Curve,
    Health,
    IncidentList,
    IncidentStory,
    Measures,
    UnitNow,
    UnitStory,
)
from coldchain_server.spool.totals import Totals
from coldchain_server.store.protocol import Store
from coldchain_server.viewer import Viewer
from coldchain_server.words.lexicons import Lexicons
from coldchain_server.words.recordings import Recordings


class SpoolGauges(Protocol):
    """What of the spool is shown."""

    def depth(self) -> int:
        """Return how many packs some stage has still to read."""
        ...

    def quarantine_count(self) -> int:
        """Return how many messages were set aside."""
        ...

    def received(self, outbox: UUID) -> Sequences:
        """Return every sequence of `outbox` that was ever admitted."""
        ...

    def totals(self) -> Totals:
        """Return what has come since the spool began."""
        ...

    def size(self) -> int:
        """Return how many bytes of the disk the spool takes."""
        ...


class Queries:
    """Any thread may ask. `LedgerUnavailable` where the ledger is away; only `curve` needs the store."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        fleet: Fleet,
        store: Store,
        clock: Clock,
        spool: SpoolGauges,
        recordings: Recordings | None = None,
    ) -> None:
        self._sessions, self._fleet, self._store = sessions, fleet, store
        self._clock, self._spool, self._recordings = clock, spool, recordings
        self._lexicons = Lexicons()

    def units(self, viewer: Viewer) -> tuple[UnitNow, ...]:
        """Return every unit the viewer sees, the most urgent first."""
        with self._sessions() as session:
            return units_now(session, self._fleet, viewer, now_ms=self._clock.now_ms())

    def unit(self, viewer: Viewer, name: str) -> UnitStory:
        """Return one unit in full; `UnknownThing` where the viewer sees none of that name."""
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            return unit_story(session, self._fleet, unit, now_ms=self._clock.now_ms())

    def course(self, viewer: Viewer, name: str) -> UnitCourse:
        """Return what judging knows of a unit, its findings for technicians and labs; raises as `unit` does."""
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            known = unit_course(session, self._fleet, unit, now_ms=self._clock.now_ms())
        return known if viewer.role is not Role.COOPERATIVE else msgspec.structs.replace(known, findings=())

    def milk(self, viewer: Viewer, name: str) -> MilkNow | None:
        """Return the milk in a unit, None where it keeps no raw milk; raises as `unit` does."""
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            return milk_now(session, self._fleet, unit, now_ms=self._clock.now_ms())

    def milks(self, viewer: Viewer) -> dict[UnitId, MilkNow]:
        """Return the milk in every unit for raw milk that the viewer sees, by unit."""
        units = [unit for unit in self._fleet.units.values() if viewer.sees(unit.site)]
        with self._sessions() as session:
            milks = [milk_now(session, self._fleet, unit, now_ms=self._clock.now_ms()) for unit in units]
        return {milk.unit.id: milk for milk in milks if milk is not None}

    def milk_range(self, viewer: Viewer, name: str) -> MilkRange | None:
        """Return between what the milk in a unit lies, for technicians and labs; None where that cannot be told.

        Raises as `curve` does. It takes some tenths of a second.
        """
        unit = seen_unit(self._fleet, viewer, name)
        if viewer.role is Role.COOPERATIVE:
            return None
        with self._sessions() as session:
            return milk_range(session, self._store, self._fleet, unit, now_ms=self._clock.now_ms())

    def card_offer(self, viewer: Viewer, name: str) -> Offer | None:
        """Return what may be said to a buyer of the milk in a unit, None where it keeps no raw milk.

        Raises as `curve` does. It takes some tenths of a second.
        """
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            return offer(session, self._store, self._fleet, unit, now_ms=self._clock.now_ms())

    def card(self, code: str) -> Checked | None:
        """Return the card of a code, which whoever has it may see; None where there is none.

        It takes some tenths of a second.
        """
        with self._sessions() as session:
            return checked(session, self._store, self._fleet, code, now_ms=self._clock.now_ms())

    def card_sentence(self, card: Checked, language: str) -> str:
        """Return what a card says as one SMS, in `language` or else in French."""
        return card_sentence(self._words_of_cards(language), card.card, card.site, code=card.code)

    def card_picture(self, card: Checked, language: str, *, address: str) -> bytes:
        """Return a card as a picture (PNG), in `language` or else in French; it can be checked at `address`."""
        scene = card_scene(self._words_of_cards(language), card.card, card.site, code=card.code, address=address)
        return card_picture(scene)

    def _words_of_cards(self, language: str) -> Catalogue:
        with self._sessions() as session:
            return self._lexicons.now(session).catalogue(language, Part.CARDS)

    def milk_batches(self, viewer: Viewer, name: str, *, from_ms: int, to_ms: int) -> Iterator[str]:
        """Return the lines of a CSV of the batches in a unit and what they went through, as they are made.

        For technicians and labs: `NotAllowed` to a cooperative. Raises as `curve` does, and takes some seconds a month.
        """
        unit = seen_unit(self._fleet, viewer, name)
        if viewer.role is Role.COOPERATIVE:
            raise NotAllowed("batches with their counts are for technicians and labs")
        return batches_sheet(self._sessions, self._store, self._fleet, [unit], from_ms=from_ms, to_ms=to_ms)

    def tests(self, viewer: Viewer, name: str) -> tuple[Entry, ...]:
        """Return the quality tests of a unit that may still be corrected, the newest first; raises as `unit` does."""
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            return tests_of_unit(session, unit, now_ms=self._clock.now_ms())

    def learning(self, viewer: Viewer, name: str) -> LearningNow:
        """Return what the tests of a site teach, for technicians and labs; see `learning_now`."""
        with self._sessions() as session:
            return learning_now(session, self._fleet, viewer, name)

    def curve(self, viewer: Viewer, name: str, span: Span) -> Curve:
        """Return a unit's temperatures; also raises `StoreUnavailable` and `StoreRefused`."""
        unit = seen_unit(self._fleet, viewer, name)
        return unit_curve(self._store, self._fleet, unit, span, now_ms=self._clock.now_ms())

    def share(self, viewer: Viewer, name: str, language: str) -> Share:
        """Return a unit as something to share, in `language` or else in French; raises as `unit` does."""
        unit = seen_unit(self._fleet, viewer, name)
        with self._sessions() as session:
            lexicon = self._lexicons.now(session)
            return share(session, self._fleet, unit, language, lexicon=lexicon, now_ms=self._clock.now_ms())

    def share_picture(self, viewer: Viewer, name: str, language: str) -> bytes:
        """Return the picture of it, as PNG."""
        return picture(self.share(viewer, name, language).scene)

    def sticker(self, viewer: Viewer, name: str) -> str | None:
        """Return the code of a unit's sticker, None where it has none; `NotAllowed` to who tends no devices."""
        unit = seen_unit(self._fleet, viewer, name)
        if not viewer.tends_devices:
            raise NotAllowed("stickers are for technicians")
        with self._sessions() as session:
            return code_of(session, unit.id)

    def at_sticker(self, code: str) -> AtSticker:
        """Return what whoever scans a sticker is shown, who need not sign in; `UnknownThing` for any other code."""
        with self._sessions() as session:
            return at_sticker(session, self._fleet, code, now_ms=self._clock.now_ms())

    def incidents(self, viewer: Viewer) -> IncidentList:
        """Return what goes on, the gravest first, and the last that went."""
        with self._sessions() as session:
            return incident_list(session, self._fleet, viewer)

    def profiles(self, viewer: Viewer) -> tuple[ProfileNow, ...]:
        """Return the limit profiles that the viewer's units go by; all there are for who may change them."""
        with self._sessions() as session:
            return profiles_now(session, self._fleet, viewer)

    def profile(self, viewer: Viewer, name: str) -> ProfileNow:
        """Return one limit profile with its history; `UnknownThing` where the viewer sees none of that name."""
        with self._sessions() as session:
            return profile_now(session, self._fleet, viewer, name)

    def incident(self, viewer: Viewer, number: int) -> IncidentStory:
        """Return one incident with its transitions and who was told; `UnknownThing` where the viewer sees none."""
        with self._sessions() as session:
            return incident_story(session, self._fleet, viewer, number, now_ms=self._clock.now_ms())

    def telling(self, viewer: Viewer, number: int) -> TellingNow:
        """Return who was told of an incident, what came of it, and who is next; `UnknownThing` as for the incident."""
        with self._sessions() as session:
            return telling_now(session, self._fleet, seen_incident(session, viewer, number))

    def refused_addresses(self, viewer: Viewer) -> tuple[RefusedAddress, ...]:
        """Return the addresses of contacts that are used no more; none to who looks after nobody's."""
        if not viewer.looks_after_people:
            return ()
        with self._sessions() as session:
            return refused_addresses(session)

    def held_back(self, viewer: Viewer) -> dict[str, int]:
        """Return how many messages wait for room in the hour, by contact; nothing to who looks after nobody's."""
        if not viewer.looks_after_people:
            return {}
        with self._sessions() as session:
            return held_back(session)

    def mutes(self, viewer: Viewer) -> tuple[MuteNow, ...]:
        """Return what is muted, or will be, where the viewer sees it."""
        with self._sessions() as session:
            return mutes_now(session, self._fleet, viewer, now_ms=self._clock.now_ms())

    def set_aside(self, viewer: Viewer) -> tuple[AsideNow, ...]:
        """Return the probes that are set aside, each a proposal for the next authorised visit."""
        with self._sessions() as session:
            return probes_set_aside(session, self._fleet, viewer, now_ms=self._clock.now_ms())

    def boxes(self, viewer: Viewer, name: str) -> tuple[BoxNow, ...]:
        """Return the boxes whose probes sit in a unit now; none for who tends no devices. Raises as `unit` does."""
        unit, now_ms = seen_unit(self._fleet, viewer, name), self._clock.now_ms()
        if not viewer.tends_devices:
            return ()
        held = {placement.device for placement in self._fleet.placements_of(unit.id) if placement.holds(now_ms)}
        devices = held & self._fleet.devices.keys()
        with self._sessions() as session:
            return boxes_now(session, devices, received=self._spool.received, now_ms=now_ms)

    def measurable(self, viewer: Viewer) -> tuple[Measurable, ...]:
        """Return where the viewer may measure by hand; asks no ledger."""
        return measurable(self._fleet, viewer, now_ms=self._clock.now_ms())

    def by_hand(self, viewer: Viewer) -> HandPage:
        """Return where the viewer may measure by hand, and what was told there within a day."""
        with self._sessions() as session:
            return hand_page(session, self._fleet, viewer, now_ms=self._clock.now_ms())

    def call_speech(self, message: str) -> CallSpeech:
        """Return what the call that tells a message says; `UnknownThing` where there is no such message."""
        with self._sessions() as session:
            return self._calls(session).speech(message)

    def call_recording(self, message: str, passage: Passage) -> bytes | None:
        """Return a WAV file that says a passage of a call, None where it is not recorded; raises as `call_speech`."""
        with self._sessions() as session:
            return self._calls(session).recording(message, passage)

    def viewer(self, name: str) -> Viewer | None:
        """Return who has that account, or None."""
        with self._sessions() as session:
            return viewer_named(session, name)

    def health(self) -> Health:
        """Ask ledger, store and spool whether they answer."""
        return Health(
            ledger=_trouble(self._ask_ledger),
            store=_trouble(lambda: self._store.latest(())),
            spool=_trouble(self._spool.depth),
        )

    def measures(self) -> Measures:
        """Return what monitoring counts; a source that is away leaves its counts out."""
        health = self.health()
        incidents, notifications, heard = self._counted() if health.ledger is None else ({}, {}, {})
        spool = self._spool if health.spool is None else None
        return Measures(
            health=health,
            spool_depth=spool.depth() if spool else None,
            spool_bytes=spool.size() if spool else None,
            totals=spool.totals() if spool else None,
            quarantined=spool.quarantine_count() if spool else None,
            boxes=self._box_counts(spool) if spool and health.ledger is None else None,
            incidents=incidents,
            notifications=notifications,
            last_heard_ms=heard,
        )

    def _calls(self, session: Session) -> CallReader:
        return CallReader(session, self._fleet, self._recordings, now_ms=self._clock.now_ms())

    def _ask_ledger(self) -> None:
        with self._sessions() as session:
            session.execute(text("SELECT 1"))

    def _counted(self) -> tuple[dict[tuple[str, str], int], dict[str, int], dict[DeviceId, int]]:
        with self._sessions() as session:
            incidents = session.execute(
                select(IncidentRow.state, IncidentRow.level, func.count()).group_by(
                    IncidentRow.state, IncidentRow.level
                )
            )
            told = session.execute(select(NotificationRow.state, func.count()).group_by(NotificationRow.state))
            latest = {row.probe: row.at_ms for row in session.scalars(select(LatestRow))}
            return (
                {(state, level): count for state, level, count in incidents},
                {row[0]: row[1] for row in told},
                self._heard(latest),
            )

    def _box_counts(self, spool: SpoolGauges) -> BoxCounts:
        with self._sessions() as session:
            return BoxCounts(
                open_requests=open_requests(session),
                lost_readings=lost_readings(session, received=spool.received),
                findings=open_findings(session),
            )

    def _heard(self, latest: dict[str, int]) -> dict[DeviceId, int]:
        heard: dict[DeviceId, int] = {}
        for placement in self._fleet.placements:
            at_ms = latest.get(placement.probe)
            if at_ms is not None and placement.holds(at_ms):
                heard[placement.device] = max(at_ms, heard.get(placement.device, at_ms))
        return heard


def _trouble(ask: Callable[[], object]) -> str | None:
    """Return the name of what went wrong; never its text, which may hold an address."""
    try:
        ask()
    except ServerError as error:
        return type(error).__name__
    return None
