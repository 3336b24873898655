"""Errors of the device: each names the thing (probe, outbox, broker, file) and what to do about it."""


class DeviceError(Exception):
    """Base of the device's own errors. `again` says whether trying again later can help."""

    again = False


class BusMissing(DeviceError):
    """The kernel shows no 1-Wire bus at all."""


class OutboxUnavailable(DeviceError):
    """The outbox could not commit, most often because the card is full; nothing of the round was kept in it."""

    again = True


class OutboxCorrupted(DeviceError):
    """The outbox's file is damaged: it is set aside whole and a new one is begun."""


class NothingSalvaged(DeviceError):
    """Nothing can be read of a damaged outbox any more, or nothing says whose readings they are."""


class ExportFailed(DeviceError):
    """Readings could not be written where they were to be taken away."""


class BadOutput(DeviceError):
    """A light, buzzer or button is configured and cannot be driven."""


class BadCertificates(DeviceError):
    """The file of certificates to trust cannot be read or holds none."""


class RecoveryFailed(DeviceError):
    """A step of the recovery ladder could not be done, or had no effect."""

    again = True


class VoiceFailed(DeviceError):
    """A recording could not be played."""

    again = True
