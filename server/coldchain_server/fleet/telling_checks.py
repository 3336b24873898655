"""What a fleet file says of who is told when: people who exist and hear of the site, steps in order, whole hours."""

from collections.abc import Iterator
from datetime import time

from coldchain_server.fleet.entries import Entries
from coldchain_server.fleet.file import EVERY_SITE, SiteTable
from coldchain_server.fleet.phones import SMS_KINDS, number_in
from coldchain_server.fleet.references import Found, reference


def telling_mistakes(entries: Entries) -> Iterator[Found]:
    """Yield every mistake in escalation lists, quiet hours, daily trials and languages."""
    for name, site in entries.sites.items():
        yield from _quiet(f"sites.{name}", site.quiet_from, site.quiet_to)
        yield from _escalation(name, site, entries)
        if site.heartbeat is not None:
            yield from _told(f"sites.{name}.heartbeat", site.heartbeat, site=name, entries=entries)
            yield from _has_sms(f"sites.{name}.heartbeat", site.heartbeat, entries)
    for name, contact in entries.contacts.items():
        yield from _quiet(f"contacts.{name}", contact.quiet_from, contact.quiet_to)
        for number, language in enumerate(contact.also_reads):
            if language is contact.language or language in contact.also_reads[:number]:
                key = f"contacts.{name}.also_reads[{number}]"
                yield key, f"{language.value!r} again", "each language once", ""


def _escalation(name: str, site: SiteTable, entries: Entries) -> Iterator[Found]:
    before_s, seen = -1, set[str]()
    for number, step in enumerate(site.escalation):
        key = f"sites.{name}.escalation[{number}]"
        if number == 0 and step.after_s != 0:
            yield f"{key}.after_s", str(step.after_s), "0: the first are told at once", ""
        elif step.after_s <= before_s:
            yield f"{key}.after_s", str(step.after_s), f"more than the {before_s} s of the step before", ""
        before_s = max(before_s, step.after_s)
        for place, contact in enumerate(step.contacts):
            if contact in seen:
                yield f"{key}.contacts[{place}]", f"{contact!r} again", "each contact once in a list", ""
            seen.add(contact)
            yield from _told(f"{key}.contacts[{place}]", contact, site=name, entries=entries)


def _told(key: str, contact: str, *, site: str, entries: Entries) -> Iterator[Found]:
    """Yield a mistake where a contact does not exist, or does not hear of the site."""
    yield from reference(key, contact, entries.named["contacts"], "contact")
    table = entries.contacts.get(contact)
    if table is not None and site not in table.sites and EVERY_SITE not in table.sites:
        yield key, f"{contact!r}, who does not hear of {site}", f"somebody with {site!r} among their sites", ""


def _has_sms(key: str, contact: str, entries: Entries) -> Iterator[Found]:
    table = entries.contacts.get(contact)
    if table is not None and not any(_is_sms(address) for address in table.channels):
        yield key, f"{contact!r}, who has no SMS address", "somebody with one of " + ", ".join(sorted(SMS_KINDS)), ""


def _is_sms(address: str) -> bool:
    return bool(number_in(address)) and address.partition(":")[0].lower() in SMS_KINDS


def _quiet(key: str, start: time | None, end: time | None) -> Iterator[Found]:
    if (start is None) != (end is None):
        given = "quiet_from" if end is None else "quiet_to"
        yield f"{key}.{given}", "half of quiet hours", "quiet_from and quiet_to together, or neither", ""
    elif start is not None and start == end:
        yield f"{key}.quiet_to", f"{end}", "another time than quiet_from", ""
