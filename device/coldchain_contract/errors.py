"""Errors of the contract: each names the thing that is wrong and what would be right."""


class ContractError(ValueError):
    """What came in breaks the contract between device and server."""


class BadIdentifier(ContractError):
    """An identifier, probe name or topic is not of the agreed form."""


class BadPack(ContractError):
    """A pack is valid SenML but not a pack of readings as the contract defines it."""


class BadSenml(ContractError):
    """A payload breaks RFC 8428; the message names the record and the rule."""


class BadCompression(ContractError):
    """A payload is neither JSON nor a compressed pack, or would grow beyond the limit when expanded."""


class BadMessage(ContractError):
    """A status, alarm, config, stored or request message does not have the agreed form."""
