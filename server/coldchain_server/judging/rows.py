"""A verdict as a row of the log."""

import msgspec

from coldchain_judgement.verdicts import Verdict
from coldchain_server.ledger.tables import VerdictRow


def verdict_row(verdict: Verdict, *, site: str, unit: str, subject: str, learnt_ms: int) -> VerdictRow:
    """Return the row that says `verdict` of a subject in a unit, learnt at `learnt_ms`."""
    return VerdictRow(
        site=site,
        unit=unit,
        subject=subject,
        rule=verdict.rule,
        standing=verdict.standing.value,
        level=verdict.level.value,
        reason=verdict.why.value,
        since_ms=verdict.since_ms,
        happened_ms=verdict.happened_ms,
        learnt_ms=learnt_ms,
        evidence=msgspec.json.encode(verdict.evidence).decode(),
    )
