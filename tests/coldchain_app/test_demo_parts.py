"""The parts of the demo: its clock, its fleet."""

from datetime import UTC, datetime

from coldchain_app.demo.declared import begins_ms
from coldchain_contract.clock import milliseconds, utc


def test_the_demo_begins_at_the_last_half_past_twelve_that_is_over() -> None:
    def begins(hour: int, minute: int) -> datetime:
        return utc(begins_ms(milliseconds(datetime(2026, 4, 20, hour, minute, tzinfo=UTC))))

    assert begins(12, 29) == datetime(2026, 4, 19, 12, 30, tzinfo=UTC)
    assert begins(12, 30) == begins(23, 59) == datetime(2026, 4, 20, 12, 30, tzinfo=UTC)
