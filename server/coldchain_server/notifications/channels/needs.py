"""What the settings must say before channels of a kind can reach anybody. Pure."""

from coldchain_server.fleet.phones import ATALK_CALL, ATALK_SMS, MODEM, TWILIO_CALL, TWILIO_SMS
from coldchain_server.notifications.settings import NotificationSettings


def missing_for(kind: str, settings: NotificationSettings) -> str:
    """Return the first key that channels of a kind need and that is not set; empty where they need none."""
    atalk, twilio = settings.africas_talking, settings.twilio
    needs: dict[str, tuple[tuple[str, object], ...]] = {
        MODEM: (("modem", settings.modem),),
        ATALK_SMS: (("africas_talking", atalk),),
        ATALK_CALL: (
            ("africas_talking", atalk),
            ("africas_talking.caller", atalk and atalk.caller),
            ("public_url", settings.public_url),
        ),
        TWILIO_SMS: (("twilio", twilio), ("twilio.sender", twilio and twilio.sender)),
        TWILIO_CALL: (
            ("twilio", twilio),
            ("twilio.caller", twilio and twilio.caller),
            ("public_url", settings.public_url),
        ),
    }
    return next((f"notifications.{key}" for key, value in needs.get(kind, ()) if not value), "")
