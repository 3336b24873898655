"""Answers: what people say back by SMS, keypad or missed call, and what that is an answer to."""
