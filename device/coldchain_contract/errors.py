"""Errors of the contract: each names the thing that is wrong and what would be right."""


class ContractError(ValueError):
    """What came in breaks the contract between device and server."""


class BadIdentifier(ContractError):
    """An identifier, probe name or topic is not of the agreed form."""


class BadSequences(ContractError):
    """A text of sequence numbers is not in its one spelling."""


class BadCompression(ContractError):
    """A payload is compressed in a way nobody agreed on, is damaged, or would grow beyond the limit when expanded."""


class BadSenml(ContractError):
    """A payload breaks RFC 8428; the message names the record and the rule."""


class BadJson(BadSenml):
    """A payload is not strict JSON: syntax, UTF-8, a repeated key, NaN, or a number no double can hold."""


class BadRecord(BadSenml):
    """A SenML record has a field of the wrong type, too many or no values, or a name RFC 8428 does not allow."""


class UnsupportedSenml(BadSenml):
    """A payload asks for more than RFC 8428 version 10: a higher version, or a field that must be understood."""


class BadPack(ContractError):
    """A pack is valid SenML but not a pack of readings as the contract defines it."""


class PackTooLarge(BadPack):
    """A pack has more bytes, readings or probes than agreed: its halves may not."""


class BadMessage(ContractError):
    """A status, alarm, config, stored, request or answer message does not have the agreed form."""


class BadBundle(ContractError):
    """A file is not a bundle, or its beginning is damaged."""


class BadSheet(ContractError):
    """A file is not a sheet of readings: its first line does not name our columns."""


class BadSignature(BadBundle):
    """A bundle is not signed with the key its device was given."""
