"""What went wrong with a request, in the taxonomy's terms.

Codes of the polite client: `address_refused`, `refused`, `not_found`, `rejected` (ConfigurationError);
`rate_limited`, `budget` (RateLimited); `unavailable` (either); `server_error`, `unexpected_status`,
`too_many_redirects`, `unknown_host`, `unreachable`, `certificate`, `timeout`, `deadline`,
`connection_lost`, `cut` (TransientError); `too_large`, `undecodable`, `not_json` (DataError).
"""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import requests
import urllib3.exceptions

from providers.errors import ConfigurationError, PartnerError, RateLimited, TransientError
from providers.routes import redact_url

AGAIN: Final = frozenset(
    {"rate_limited", "unavailable", "server_error", "unreachable", "connection_lost", "cut"}
)
"""Codes after which a reading request is repeated at once: not `timeout`, a slow partner is not pressed."""

AGAIN_WHEN_WRITING: Final = frozenset({"rate_limited", "unavailable", "unreachable"})
"""Those after which the partner has certainly not done what we asked."""

_NOT_NOW: Final = frozenset({408, 421, 425, 503})


def of_status(status: int, url: str, host: str, retry_at: datetime | None, *, far: bool) -> PartnerError:
    """Say what a status that brings no answer means.

    Parameters
    ----------
    retry_at
        When the partner lets us come back, where it said so; `far`: later than we wait in place.
    """
    error = _of_status(status, f"HTTP {status} from {redact_url(url)}", host, retry_at, far=far)
    error.status = status
    return error


def _of_status(status: int, detail: str, host: str, retry_at: datetime | None, *, far: bool) -> PartnerError:
    if status == 429 or (status in _NOT_NOW and far):
        return RateLimited(
            "rate_limited" if status == 429 else "unavailable",
            f"« {host} » nous demande d’attendre. L’importation reprendra d’elle-même.",
            detail,
            retry_at,
        )
    if status in {401, 403}:
        sentence = (
            f"« {host} » nous refuse l’accès. Vérifiez l’identifiant et, s’il en faut une, la clé d’accès."
        )
        return ConfigurationError("refused", sentence, detail)
    if status in {404, 410}:
        sentence = f"« {host} » ne connaît pas cette adresse. Vérifiez l’identifiant ou l’adresse indiquée."
        return ConfigurationError("not_found", sentence, detail)
    if status in _NOT_NOW:
        return TransientError("unavailable", _AWAY.format(host=host), detail)
    if status >= 500:
        return TransientError("server_error", _AWAY.format(host=host), detail)
    if status >= 400:
        sentence = f"« {host} » n’accepte pas notre demande. Vérifiez l’identifiant et les réglages."
        return ConfigurationError("rejected", sentence, detail)
    sentence = f"« {host} » a donné une réponse inattendue. Nous réessaierons."
    return TransientError("unexpected_status", sentence, detail)


_AWAY: Final = "« {host} » est momentanément indisponible. Nous réessaierons."


def of_failure(error: Exception, url: str, host: str, *, streaming: bool) -> TransientError:
    """Say what a network error means; its text is not kept, for it quotes URLs with their secrets."""
    causes = list(_causes(error))
    system = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), "")
    detail = f"{redact_url(url)}: {type(error).__name__} {system}".strip()
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        sentence = f"Le certificat de sécurité de « {host} » n’est pas valable : prévenez le site."
        return TransientError("certificate", sentence, detail)
    unknown = [cause for cause in causes if isinstance(cause, socket.gaierror)]
    if unknown and unknown[0].errno in _NO_SUCH_NAME:
        sentence = f"Le site « {host} » est introuvable : vérifiez l’adresse."
        return TransientError("unknown_host", sentence, detail)
    if any(isinstance(cause, _NEVER_CONNECTED) for cause in causes):
        return TransientError("unreachable", _AWAY.format(host=host), detail)
    if any(isinstance(cause, _SILENT) for cause in causes):
        sentence = f"« {host} » met trop de temps à répondre. Nous réessaierons."
        return TransientError("timeout", sentence, detail)
    if streaming:
        sentence = f"La réponse de « {host} » s’est interrompue avant la fin. Nous réessaierons."
        return TransientError("cut", sentence, detail)
    return TransientError("connection_lost", _AWAY.format(host=host), detail)


# EAI_NODATA is not everywhere; -5 is its value where glibc has it
_NO_SUCH_NAME: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", -5)}
_NEVER_CONNECTED: Final = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)
_SILENT: Final = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    left: list[object] = [error]
    while left:
        each = left.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            left += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
