"""The batches of a unit as a sheet: for labs and technicians, from their page of its milk, and for nobody else."""

from invented.browsing import signed_in
from invented.world import World

SHEET = "/units/menaka-1/milk/batches.csv"


def test_a_lab_takes_the_sheet_home_from_the_page_of_the_milk(quiet_world: World) -> None:
    lab = signed_in(quiet_world, "lab", language="en")
    taken = lab.get(SHEET)
    assert (taken.status_code, taken.mimetype) == (200, "text/csv")
    assert taken.headers["Content-Disposition"] == 'attachment; filename="batches-menaka-1.csv"'
    assert taken.text.startswith("site,unit,species,milked,")


def test_a_cooperative_gets_none_and_more_than_a_quarter_nobody(quiet_world: World) -> None:
    assert signed_in(quiet_world, "menaka").get(SHEET).status_code == 403
    lab = signed_in(quiet_world, "lab")
    assert [lab.get(f"{SHEET}?days={days}").status_code for days in (0, 93)] == [400, 400]
    assert lab.get("/units/nowhere/milk/batches.csv").status_code == 404
