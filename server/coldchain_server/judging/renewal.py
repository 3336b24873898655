"""Whether a unit was filled anew: by milk so warm that hardly any of what was in it before can be left."""

from coldchain_judgement.course import Course


def renewed_ms(course: Course) -> int | None:
    """Return when the unit was last filled anew, as far as the course still knows; None where it does not."""
    fill = course.fill
    return None if fill is None or fill.blend else fill.begun_ms
