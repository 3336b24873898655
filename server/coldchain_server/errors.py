"""Errors of the server: each names the thing (site, device, store, file) and what to do about it."""


class ServerError(Exception):
    """Base of the server's own errors. `again` says whether trying again later can help."""

    again = False


class StoreUnavailable(ServerError):
    """The store did not answer or could not take anything now."""

    again = True


class StoreRefused(ServerError):
    """The store answered and will keep refusing until a person changes something: secret, database, mapping, right."""


class SpoolUnavailable(ServerError):
    """The spool could not commit, most often because the disk is full; nothing was acknowledged."""

    again = True


class LedgerUnavailable(ServerError):
    """The ledger's database did not answer."""

    again = True


class BrokerUnavailable(ServerError):
    """The broker did not answer, or the connection to it was lost."""

    again = True


class BrokerRefused(ServerError):
    """The broker answered and refused: wrong password, no right, no dynamic security."""


class UnknownThing(ServerError):
    """A site, unit, device, incident or person that nobody has entered."""


class NotAllowed(ServerError):
    """Somebody asked for what their role may not do."""


class BadEntry(ServerError):
    """What a person entered cannot be used as it is; the message says what can."""
