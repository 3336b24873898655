"""What judging leaves where milk is too warm, for tests that begin after it."""

import msgspec

from coldchain_app.app import App
from coldchain_judgement.verdicts import Evidence
from coldchain_server.ledger.tables import VerdictRow
from scenarios.chain import PROBE, SITE, UNIT


def find_too_warm(app: App) -> None:
    """Leave a verdict, half an hour old, that the cooler of a story's fleet is critically too warm."""
    now_ms = app.clock.now_ms()
    row = VerdictRow(
        site=SITE,
        unit=UNIT,
        subject=PROBE,
        rule="beyond:above-10",
        standing="breach",
        level="critical",
        reason="too-warm",
        since_ms=now_ms - 1_800_000,
        happened_ms=now_ms,
        learnt_ms=now_ms,
        evidence=msgspec.json.encode(Evidence()).decode(),
    )
    with app.sessions().begin() as session:
        session.add(row)
