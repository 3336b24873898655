"""Errors of the simulator: each names the scenario's thing or the file, and what to do about it."""


class SimulatorError(Exception):
    """The simulator cannot do what it was asked."""


class UnknownUnit(SimulatorError):
    """A fault or question names a unit, probe or device the scenario does not have."""


class MissingExtra(SimulatorError):
    """A package of the extra `embedded` is not installed."""


class BadRecording(SimulatorError):
    """A recorded file cannot be replayed at all: absent, without a time column, or without a value column."""
