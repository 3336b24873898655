"""Stories of one cooler, from what happens to it to who is told what."""

from scenarios.conftest import Tell
from scenarios.timeline.places import cooler, menaka

COLD = cooler("menaka-1", litres=20.0)


def test_a_compressor_dies_and_is_mended(tell: Tell) -> None:
    tell(
        menaka(COLD),
        """
        06:00 | the compressor of menaka-1 dies    | nobody
        08:00 |                                    | aminata, moussa: menaka-1 too-warm
              |                                    | aminata, moussa: menaka-1 critical too-warm
        14:00 | the compressor of menaka-1 is well | aminata, moussa: menaka-1 critical too-warm resolved
        22:00 |                                    |
        """,
    )


def test_power_fails_at_night_without_a_battery(tell: Tell) -> None:
    tell(
        menaka(COLD, battery=False),
        """
        22:00 | the power of menaka-1 fails   | aminata, moussa: menaka-1 critical silent
        05:00 | the power of menaka-1 is back | aminata, moussa: menaka-1 critical silent resolved
        12:00 |                               |
        """,
    )


def test_a_probe_is_unplugged_while_an_incident_is_open(tell: Tell) -> None:
    tell(
        menaka(COLD),
        """
        06:00 | the compressor of menaka-1 dies     | aminata, moussa: menaka-1 too-warm
              |                                     | aminata, moussa: menaka-1 critical too-warm
        14:00 | the probe of menaka-1 is unplugged  | aminata, moussa: menaka-1 critical probe-fault
        16:00 | the compressor of menaka-1 is well  | nobody
        23:00 | the probe of menaka-1 is plugged in | aminata, moussa: menaka-1 critical probe-fault resolved
              |                                     | aminata, moussa: menaka-1 critical too-warm resolved
        06:00 |                                     |
        """,
    )
