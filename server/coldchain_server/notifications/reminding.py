"""When people are reminded of what nobody has answered: ever more rarely, and for as long as it takes. Pure."""

from coldchain_server.notifications.settings import NotificationSettings


def interval_s(reminders: int, settings: NotificationSettings) -> int:
    """Return how long after the last word the next reminder comes, given how many there were in this round."""
    doublings = min(reminders, 30)
    return min(settings.first_reminder_s << doublings, settings.longest_reminder_s)


def due_ms(*, reminders: int, reminded_ms: int, settings: NotificationSettings) -> int:
    """Return when the next reminder is due; `reminded_ms` is when the last was, or the round began."""
    return reminded_ms + interval_s(reminders, settings) * 1000
