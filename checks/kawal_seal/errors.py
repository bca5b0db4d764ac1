"""The one base of everything this package refuses."""


class SealError(ValueError):
    """Something is not what its format says; the message (Indonesian) says what and where."""
