"""The season that is evaluated: when it begins, how long it lasts, when faults come."""

from datetime import UTC, date, datetime

import msgspec

from coldchain_contract.clock import milliseconds


class Season(msgspec.Struct, frozen=True, kw_only=True):
    """When it begins, how long it lasts, and when faults come."""

    begins: date
    days: int
    first_fault_day: int
    days_between_faults: int

    @property
    def begins_ms(self) -> int:
        """Return its first midnight in Bamako, whose clocks are UTC's."""
        return milliseconds(datetime(self.begins.year, self.begins.month, self.begins.day, tzinfo=UTC))

    @property
    def slots(self) -> range:
        """Return the days on which a fault may begin."""
        return range(self.first_fault_day, self.days - self.first_fault_day // 2, self.days_between_faults)
