"""What both device and server judge by: limits, profiles and rules. Pure: no clock, socket or database."""
