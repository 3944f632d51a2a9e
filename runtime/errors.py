"""The one error of this room: something the operator has to put right."""


class SetupError(Exception):
    """Configuration or machine stands in the way; the message says what to do, in English."""
