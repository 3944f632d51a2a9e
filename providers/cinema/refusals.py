"""Says a partner's refusal in the words of the form, with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from providers.errors import ConfigurationError, DataError, TransientError
from providers.text import one_line

KEY_REFUSED = "key_refused"
NOT_FOUND = "cinema_not_found"


@contextmanager
def explained(
    partner: str, *, key: str, place: str, refusals: frozenset[int] = frozenset()
) -> Iterator[None]:
    """Explain what is refused within the block.

    Parameters
    ----------
    partner
        As the form names it.
    key, place
        French sentences: where to find the right key, the right address or number.
    refusals
        Statuses besides 401 and 403 by which this request's key is refused.
    """
    try:
        yield
    except ConfigurationError as error:
        if error.code in {KEY_REFUSED, NOT_FOUND}:
            raise
        if error.code == "credentials_malformed" or error.status in {401, 403} | refusals:
            raise key_refused(partner, key, str(error), error.status) from error
        if error.status in {404, 410}:
            raise _again(NOT_FOUND, f"{partner} ne répond pas à cette adresse. {place}", error) from error
        raise


def key_refused(partner: str, key: str, detail: str, status: int | None = None) -> ConfigurationError:
    """Give the error of a key that the partner does not take."""
    error = ConfigurationError(KEY_REFUSED, f"Clé refusée par {partner}. {key}", detail)
    error.status = status
    return error


def _again(code: str, sentence: str, error: ConfigurationError) -> ConfigurationError:
    explained_error = ConfigurationError(code, sentence, str(error))
    explained_error.status = error.status
    return explained_error


def unreadable(partner: str, detail: str, head: bytes = b"") -> DataError:
    """Give the error of a document that is not the partner's format."""
    sentence = f"Ce que {partner} a envoyé n’est pas lisible."
    return DataError("unreadable", sentence, detail, head)


def moved(partner: str, detail: str) -> TransientError:
    """Give the error of a listing of which rows came or went while it was read."""
    sentence = f"Les séances ont changé chez {partner} pendant la lecture. Nous réessaierons."
    return TransientError("listing_moved", sentence, detail)


def troubled(partner: str, said: str) -> TransientError:
    """Give the error of a partner that answers that something went wrong on its side."""
    words = one_line(said)[:200]
    sentence = f"{partner} répond : « {words} ». Nous réessaierons." if words else f"{partner} a une panne."
    return TransientError("partner_error", sentence, f"{partner}: {words}")
