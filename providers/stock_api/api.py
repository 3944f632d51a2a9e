"""What is asked of a stock service, and what its refusals mean."""

from typing import Final
from urllib.parse import urlsplit

from providers.base import Visit
from providers.errors import ConfigurationError, TransientError
from providers.http import Answer
from providers.stock_api import identifier
from providers.stock_api.settings import StockApiSettings

A_PAGE: Final = 1_000
"""Rows that we ask for at once; a service may give fewer."""


def is_blank(answer: Answer) -> bool:
    """Tell whether a body of nothing came where the status does not say that there is none."""
    return answer.status != 204 and not answer.content.strip()


class Api:
    """The list of one shop, asked with a link's settings."""

    def __init__(self, visit: Visit[StockApiSettings], limit: int) -> None:
        self.siret = identifier.siret_of(visit)
        self.host = urlsplit(visit.identifier).hostname or ""
        self._address = identifier.address_of(visit.identifier, self.siret)
        self._headers = {"Accept": "application/json"} | visit.settings.headers
        self._http = visit.http
        self._limit = limit

    def page(self, *, after: str = "", since: str = "") -> Answer:
        """Ask for the rows after a code, of those that changed since an instant.

        Raises
        ------
        TransientError
            `empty`: a list that begins with a body of nothing; `ended_early`: the next page is gone.
        ConfigurationError
            `credentials_refused`, `siret_unknown`, `siret_refused`, or what the client says.
        """
        asked = {"limit": str(A_PAGE)}
        if after:
            asked["after"] = after
        if since:
            asked["modifiedSince"] = since
        try:
            answer = self._http.get(self._address, params=asked, headers=self._headers, limit=self._limit)
        except ConfigurationError as error:
            raise self._meant(error, after) from error
        if not asked.keys() & {"after", "modifiedSince"} and is_blank(answer):
            # a shop without books is an empty list or a 204: this would withdraw the whole of one
            sentence = f"« {self.host} » a répondu, mais sans rien envoyer. Nous réessaierons."
            raise TransientError("empty", sentence, f"{self.host}: 200 with an empty body")
        return answer

    def _meant(self, error: ConfigurationError, after: str) -> ConfigurationError | TransientError:
        status = 404 if error.status == 410 else error.status
        if status == 404 and after:
            sentence = f"« {self.host} » n’a pas donné la suite de la liste. Nous réessaierons."
            return TransientError("ended_early", sentence, str(error))
        code = _CODES.get(status or 0, error.code)
        sentence = error.sentence
        if code in _SENTENCES:
            sentence = _SENTENCES[code].format(host=self.host, siret=self.siret)
        meant = ConfigurationError(code, sentence, str(error))
        meant.status = error.status
        return meant


_CODES: Final = {
    400: "siret_refused",
    401: "credentials_refused",
    403: "credentials_refused",
    404: "siret_unknown",
    422: "siret_refused",
}
_SENTENCES: Final = {
    "credentials_refused": (
        "Identifiants refusés par « {host} ». Vérifiez le nom d’utilisateur et le mot de passe, et que le "
        "service vous a bien ouvert l’accès."
    ),
    "siret_refused": (
        "« {host} » refuse notre demande pour le SIRET {siret}. Vérifiez-le auprès de votre logiciel de "
        "librairie."
    ),
    "siret_unknown": (
        "« {host} » ne connaît pas le SIRET {siret}. Vérifiez l’adresse du service, et demandez à votre "
        "logiciel de librairie d’ouvrir ce SIRET au pass Culture."
    ),
}
