"""The one error taxonomy of the adapters: what went wrong decides what happens next.

Each error carries a stable `code`, a French `sentence` for the venue manager that says what to do,
and the engineer's message as its text.
"""

from datetime import datetime

from providers.text import typeset


class PartnerError(Exception):
    """What every error of the taxonomy has; `status` is the HTTP status behind it, if there is one."""

    code: str
    sentence: str
    status: int | None = None

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        super().__init__(detail or sentence)
        self.code = code
        self.sentence = typeset(sentence)


class ConfigurationError(PartnerError):
    """A person must change the link: 401, 403, 404 on the agenda, a wrong identifier. No retry."""


class RateLimited(PartnerError):  # noqa: N818 - the taxonomy's word
    """The partner asked us to wait, until `retry_at` (aware) where it said so."""

    def __init__(self, code: str, sentence: str, detail: str = "", retry_at: datetime | None = None) -> None:
        super().__init__(code, sentence, detail)
        self.retry_at = retry_at


class TransientError(PartnerError):
    """The partner is away for now: timeout, 5xx, cut body. Tried again later."""


class DataError(PartnerError):
    """What the partner sent is not the format; `head` keeps its first bytes for diagnosis.

    Raised by `normalise` it costs the item (quarantine); raised by `fetch` it costs the run, and
    nothing is withdrawn.
    """

    def __init__(self, code: str, sentence: str, detail: str = "", head: bytes = b"") -> None:
        super().__init__(code, sentence, detail)
        self.head = head[:2048]
