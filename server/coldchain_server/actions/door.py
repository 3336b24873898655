"""The writing door: everything a person may do by hand, each leaving an audit row in the same transaction."""

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from coldchain_contract.clock import Clock
from coldchain_contract.identifiers import DeviceId, SiteId
from coldchain_judgement.milk.events import Event, Tested
from coldchain_server.actions.accounts import Accounts
from coldchain_server.actions.answering import answer_call, answer_key, answer_text
from coldchain_server.actions.audit import note
from coldchain_server.actions.freshness import issue_card, withdraw_card
from coldchain_server.actions.handling import Said, answer, aside_now, put_back
from coldchain_server.actions.handling import take_back as take_answer_back
from coldchain_server.actions.learning import Decision, decide
from coldchain_server.actions.measuring import Telling, take_back, tell
from coldchain_server.actions.milking import MilkTold, move
from coldchain_server.actions.milking import take_back as take_milk_back
from coldchain_server.actions.milking import tell as tell_milk
from coldchain_server.actions.muting import LONGEST_REASON, Muting, end_mute, mute
from coldchain_server.actions.profiling import edit_profile, restore_profile
from coldchain_server.actions.requesting import ask
from coldchain_server.actions.texting import Text
from coldchain_server.answers import keys
from coldchain_server.asking.requests import Action, Wish
from coldchain_server.errors import BadEntry, NotAllowed, UnknownThing
from coldchain_server.fleet.model import Fleet, Role, Unit
from coldchain_server.freshness import rows as cards
from coldchain_server.freshness.rows import Issued
from coldchain_server.gateways.events import Reported
from coldchain_server.gateways.lines import LineAnswer
from coldchain_server.incidents.handling import Handling
from coldchain_server.ledger import stickers
from coldchain_server.ledger.database import Sessions
from coldchain_server.ledger.tables import IncidentRow, MuteRow
from coldchain_server.milk.rows import entry
from coldchain_server.notifications import reports
from coldchain_server.notifications.disabling import enable
from coldchain_server.queries.hand import seen_reading
from coldchain_server.queries.incidents import seen_incident
from coldchain_server.queries.units import seen_unit
from coldchain_server.viewer import Viewer


class Actions:
    """Any thread may act. `LedgerUnavailable` where the ledger is away; nothing is then changed."""

    def __init__(self, *, sessions: Sessions, fleet: Fleet, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        self._sessions, self._fleet, self._clock = sessions, fleet, clock
        self._accounts = Accounts(hasher or PasswordHasher())

    def answer(self, viewer: Viewer, number: int, handling: Handling, text: str = "") -> Handling | None:
        """Say what is being done about an incident; return as what it is noted, which depends on the hour.

        None where it was answered already, or is over: somebody was first, which is no error. Raises `UnknownThing` for
        an incident the viewer does not see, `NotAllowed` for a lab, `BadEntry` where OTHER comes without words.
        """
        words = " ".join(text.split())
        if len(words) > LONGEST_REASON or (handling is Handling.OTHER and not words):
            raise BadEntry(f"say in 1 to {LONGEST_REASON} characters what is being done")
        with self._sessions.begin() as session:
            row = self._answerable(session, viewer, number)
            said = Said(handling=handling, who=viewer.name, text=words)
            return answer(session, self._fleet, row, said, now_ms=self._clock.now_ms())

    def undo_answer(self, viewer: Viewer, number: int) -> bool:
        """Take an answer back; False where it is too late, or there is none. Raises as `answer` does."""
        with self._sessions.begin() as session:
            row = self._answerable(session, viewer, number)
            return take_answer_back(session, row, who=viewer.name, now_ms=self._clock.now_ms())

    def back_in_use(self, viewer: Viewer, probe: str) -> bool:
        """Have a probe that was set aside be judged again; False where it is in use. Raises as `answer` does."""
        with self._sessions.begin() as session:
            row = aside_now(session, probe)
            if row is None:
                return False
            if not viewer.sees(row.site):
                raise UnknownThing(f"no probe {probe[:64]!r} that you can see")
            self._must_handle(viewer)
            put_back(session, row, who=viewer.name, now_ms=self._clock.now_ms())
            return True

    def mute(self, viewer: Viewer, muting: Muting) -> int:
        """Have nobody told of a unit, a site or any site for a while; return the number of the mute.

        Raises `UnknownThing` for what the viewer does not see, every site where that is not theirs; `NotAllowed` for a
        lab, `BadEntry` without a reason or an end.
        """
        site = muting.site or ""
        if muting.unit is not None:
            site = seen_unit(self._fleet, viewer, muting.unit).site
        elif not viewer.sees(site) or (site and SiteId(site) not in self._fleet.sites):
            raise UnknownThing(f"no site {site[:64]!r} that you can see" if site else "you do not see every site")
        self._must_handle(viewer)
        with self._sessions.begin() as session:
            return mute(session, muting, site=site, who=viewer.name, now_ms=self._clock.now_ms())

    def end_mute(self, viewer: Viewer, number: int) -> bool:
        """End a mute now; False where it is over. Raises as `mute` does."""
        with self._sessions.begin() as session:
            row = session.get(MuteRow, number)
            if row is None or not viewer.sees(row.site):
                raise UnknownThing(f"no mute {number} that you can see")
            self._must_handle(viewer)
            return end_mute(session, row, who=viewer.name, now_ms=self._clock.now_ms())

    def ask(self, viewer: Viewer, device: str, action: Action) -> None:
        """Ask a device for something on a technician's word.

        Raises `UnknownThing` for a device of a site the viewer does not see, `NotAllowed` for who tends no devices.
        """
        known = self._fleet.devices.get(DeviceId(device))
        if known is None or not viewer.sees(known.site):
            raise UnknownThing(f"no device {device[:64]!r} that you can see")
        if not viewer.tends_devices:
            raise NotAllowed(f"{viewer.role.value} accounts ask nothing of a device")
        with self._sessions.begin() as session:
            ask(session, Wish(device=known, action=action, who=viewer.name), now_ms=self._clock.now_ms())

    def measure(self, viewer: Viewer, telling: Telling) -> bool:
        """Tell what a thermometer shows; it counts once it can no longer be undone. False where it was told before.

        Raises `UnknownThing` for a unit the viewer does not see, `NotAllowed` for a lab, and `Refused` with the reason.
        """
        seen_unit(self._fleet, viewer, telling.unit)
        if not viewer.handles_incidents:
            raise NotAllowed(f"{viewer.role.value} accounts look on; they measure nothing")
        with self._sessions.begin() as session:
            return tell(session, self._fleet, telling, now_ms=self._clock.now_ms())

    def undo_measure(self, viewer: Viewer, reading: str) -> bool:
        """Take a reading by hand back; False where it counts already. `UnknownThing` where the viewer sees none."""
        with self._sessions.begin() as session:
            row = seen_reading(session, viewer, reading)
            if not viewer.handles_incidents:
                raise NotAllowed(f"{viewer.role.value} accounts look on; they undo nothing")
            return take_back(session, row, who=viewer.name, now_ms=self._clock.now_ms())

    def tell_milk(self, viewer: Viewer, told: MilkTold) -> int | None:
        """Tell something of the milk in a unit; return its number, None where it was told before.

        Raises `UnknownThing` for a unit the viewer does not see, `NotAllowed` for a lab that tells of anything but a
        test, `BadEntry` with the reason.
        """
        unit = self._milked(viewer, told.unit, told.event)
        with self._sessions.begin() as session:
            return tell_milk(session, self._fleet, told, unit, now_ms=self._clock.now_ms())

    def move_milk(self, viewer: Viewer, told: MilkTold, *, target: str, litres: float | None) -> bool:
        """Tell that milk went to another unit; False where it was told before. Raises as `tell_milk` does."""
        source, other = self._milked(viewer, told.unit), self._milked(viewer, target)
        with self._sessions.begin() as session:
            return move(session, self._fleet, told, source, other, litres=litres, now_ms=self._clock.now_ms())

    def take_milk_back(self, viewer: Viewer, number: int, *, channel: str) -> bool:
        """Take back what was told of milk; False where that was done before. Raises as `tell_milk` does."""
        with self._sessions.begin() as session:
            told = entry(session, number)
            if told is None or not viewer.sees(told.site):
                raise UnknownThing(f"no event {number} that you can see")
            self._milked(viewer, told.unit, told.event)
            return take_milk_back(session, told, who=viewer.name, channel=channel, now_ms=self._clock.now_ms())

    def issue_card(self, viewer: Viewer, name: str, issued: Issued, *, key: str) -> str:
        """Make a freshness card of the milk in a unit; return its code, the same where the same form comes again.

        Raises `UnknownThing` for a unit the viewer does not see, `NotAllowed` for a lab.
        """
        unit = self._milked(viewer, name)
        with self._sessions.begin() as session:
            return issue_card(session, unit, issued, key=key, who=viewer.name, now_ms=self._clock.now_ms())

    def withdraw_card(self, viewer: Viewer, code: str) -> bool:
        """Take a freshness card back; False where that was done before. Raises as `issue_card` does."""
        with self._sessions.begin() as session:
            card = cards.of_code(session, code)
            if card is None or not viewer.sees(card.site):
                raise UnknownThing(f"no freshness card {code[:16]!r} that you can see")
            self._must_handle(viewer)
            return withdraw_card(session, card, who=viewer.name, now_ms=self._clock.now_ms())

    def decide_offset(self, viewer: Viewer, decision: Decision) -> int:
        """Go by what a site's tests teach, or no longer; see `learning.decide`."""
        with self._sessions.begin() as session:
            return decide(session, self._fleet, viewer, decision, at_ms=self._clock.now_ms())

    def put_up_sticker(self, viewer: Viewer, name: str) -> str:
        """Make a sticker for a unit, in the place of any before it, and return its code.

        Raises `UnknownThing` for a unit the viewer does not see, `NotAllowed` to who tends no devices.
        """
        unit = seen_unit(self._fleet, viewer, name)
        if not viewer.tends_devices:
            raise NotAllowed(f"{viewer.role.value} accounts put up no stickers; technicians do")
        with self._sessions.begin() as session:
            code = stickers.put_up(session, unit.id, who=viewer.name, at_ms=self._clock.now_ms())
            self._note(session, viewer.name, "put-up-sticker", f"unit {unit.id}", "")
            return code

    def _milked(self, viewer: Viewer, name: str, event: Event | None = None) -> Unit:
        unit = seen_unit(self._fleet, viewer, name)
        if not viewer.handles_incidents and not isinstance(event, Tested):
            raise NotAllowed(f"{viewer.role.value} accounts tell of tests alone; of milk itself they tell nothing")
        return unit

    def answer_sms(self, text: Text) -> str | None:
        """Do what a text says and return what to answer; None for a sender nobody knows.

        An answer to what its sender was told last, a question how things are, or a temperature.
        """
        with self._sessions.begin() as session:
            return answer_text(session, self._fleet, text, now_ms=self._clock.now_ms())

    def answer_missed_call(self, caller: str, answer: LineAnswer, *, call: str, by: str = "") -> None:
        """Take a missed call for an answer to what its caller was told last, and text what was understood by `by`."""
        handling = keys.of_line(answer)
        with self._sessions.begin() as session:
            answer_call(
                session, self._fleet, caller=caller, handling=handling, call=call, by=by, now_ms=self._clock.now_ms()
            )

    def answer_key(self, message: str, digits: str, *, call: str) -> str | None:
        """Do what a key pressed in the call that tells a message says, and return what to say; None for no such key.

        Raises `UnknownThing` where there is no such message.
        """
        handling = keys.pressed(digits)
        with self._sessions.begin() as session:
            return answer_key(
                session, self._fleet, message=message, handling=handling, call=call, now_ms=self._clock.now_ms()
            )

    def report(self, reported: Reported) -> bool:
        """Take a gateway's report on a message of ours; False where it is of none, or was taken before."""
        with self._sessions.begin() as session:
            return reports.take(session, reported, now_ms=self._clock.now_ms())

    def enable_channel(self, viewer: Viewer, number: int) -> bool:
        """Use an address again that its channel had refused; False where somebody was first, or it is not there.

        `NotAllowed` to anybody but an administrator.
        """
        if not viewer.looks_after_people:
            raise NotAllowed(f"{viewer.role.value} accounts enable no addresses; administrators do")
        with self._sessions.begin() as session:
            if not enable(session, number, who=viewer.name, now_ms=self._clock.now_ms()):
                return False
            self._note(session, viewer.name, "enable-channel", f"refused address {number}", "")
            return True

    def edit_profile(self, viewer: Viewer, name: str, table: dict[str, object], *, why: str) -> int:
        """Change a limit profile from the next reading on; see `profiling.edit_profile`."""
        with self._sessions.begin() as session:
            return edit_profile(session, self._fleet, viewer, name, table, why=why, at_ms=self._clock.now_ms())

    def restore_profile(self, viewer: Viewer, name: str, number: int, *, why: str) -> int:
        """Change a limit profile back to what an edit made of it; see `profiling.restore_profile`."""
        with self._sessions.begin() as session:
            return restore_profile(session, self._fleet, viewer, name, number, why=why, at_ms=self._clock.now_ms())

    def sign_in(self, name: str, password: str) -> Viewer | None:
        """Return who signed in, or None where name and password do not belong together. Takes as long either way."""
        with self._sessions.begin() as session:
            viewer = self._accounts.check(session, name, password)
            if viewer is not None:
                self._note(session, viewer.name, "sign-in", f"user {viewer.name}", "")
            return viewer

    def add_user(self, name: str, password: str, *, role: Role, site: str | None, language: str, who: str) -> None:
        """Create an account; `BadEntry` where the name is taken or anything given cannot be used."""
        with self._sessions.begin() as session:
            self._accounts.add(session, self._fleet, name, password, role=role, site=site, language=language)
            self._note(session, who, "add-user", f"user {name}", f"{role.value} {site or 'every site'}")

    def set_password(self, name: str, password: str, *, who: str) -> None:
        """Change a password, which ends every session opened with the old one; `UnknownThing`, `BadEntry`."""
        with self._sessions.begin() as session:
            self._accounts.set_password(session, name, password)
            self._note(session, who, "set-password", f"user {name}", "")

    def remove_user(self, name: str, *, who: str) -> None:
        """End an account and its sessions; `UnknownThing` where there is none."""
        with self._sessions.begin() as session:
            self._accounts.remove(session, name)
            self._note(session, who, "remove-user", f"user {name}", "")

    def _answerable(self, session: Session, viewer: Viewer, number: int) -> IncidentRow:
        row = seen_incident(session, viewer, number)
        self._must_handle(viewer)
        return row

    @staticmethod
    def _must_handle(viewer: Viewer) -> None:
        if not viewer.handles_incidents:
            raise NotAllowed(f"{viewer.role.value} accounts look on; they answer nothing")

    def _note(self, session: Session, who: str, action: str, subject: str, detail: str) -> None:
        note(session, at_ms=self._clock.now_ms(), who=who, action=action, subject=subject, detail=detail)
