"""The page on milk names what every quality test can show, as the limits have it."""

from pathlib import Path

from coldchain_judgement.milk.kinds import QualityTest
from coldchain_judgement.milk.testing import SCALES

PAGE = (Path(__file__).parents[2] / "docs" / "milk.md").read_text(encoding="utf-8")
ROWS = {
    QualityTest.ACIDITY: "| acidity |",
    QualityTest.PH: "| pH |",
    QualityTest.DENSITY: "| density at 20 °C |",
    QualityTest.TEMPERATURE: "| temperature |",
    QualityTest.METHYLENE_BLUE: "| methylene blue (`mbrt`) |",
    QualityTest.RESAZURIN: "| resazurin |",
}


def test_the_limits_of_tests_at_the_cooler_are_those_of_the_page() -> None:
    for test, begins in ROWS.items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(begins)]
        scale, said = SCALES[test], row.replace("−", "-").replace("half an hour", "0.5")
        named = (scale.low, scale.high, scale.usual_from, scale.usual_to, scale.fails_above)
        for value in named:
            assert value is None or f"{value:g}" in said, (test, value)


def test_every_other_number_is_named() -> None:
    for words in ("bacteria on plates", "fat, freezing point, somatic cells, coliforms"):
        assert f"| {words} |" in PAGE
