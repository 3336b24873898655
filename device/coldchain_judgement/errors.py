"""Errors of judgement: each names the profile, limit or test that is wrong and what would be right."""


class JudgementError(ValueError):
    """What is to be judged by makes no sense."""


class BadProfiles(JudgementError):
    """A text of limit profiles is not in the agreed form, or a limit in it contradicts itself."""


class BadTest(JudgementError):
    """What a quality test is said to have shown cannot be; the message names what can."""
