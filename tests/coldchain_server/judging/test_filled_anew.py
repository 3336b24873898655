"""Whether milk that was warm in the past may still be there once the unit was filled anew."""

import pytest

from coldchain_server.judging.past import renewed_since

MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("renewed", "is_gone"),
    [(None, False), (60, False), (89, False), (90, True), (99, True), (100, True), (200, True)],
)
def test_milk_is_gone_with_a_new_batch_after_the_breach_or_with_the_one_that_ended_it(
    renewed: int | None, is_gone: bool
) -> None:
    assert renewed_since(100 * MINUTE_MS, None if renewed is None else renewed * MINUTE_MS) is is_gone
