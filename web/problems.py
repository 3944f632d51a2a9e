"""Errors as callers read them: problem+json (RFC 9457) with a stable code and a French sentence."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from models.request import AlreadyHeardError, KeyReusedError
from providers.errors import ConfigurationError, PartnerError

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "Demande illisible",
    401: "Appel non authentifié",
    403: "Droit insuffisant",
    404: "Introuvable",
    405: "Méthode non permise",
    409: "État incompatible",
    413: "Demande trop longue",
    422: "Demande à corriger",
    429: "Trop de demandes",
    500: "Erreur de notre côté",
    503: "Service indisponible",
}

SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("unreadable", "Le corps de la demande n’est pas du JSON lisible."),
    404: ("not_found", "Cette adresse ne mène à rien que vous puissiez voir."),
    405: ("method_not_allowed", "Cette adresse ne connaît pas cette méthode."),
    413: ("too_long", "La demande dépasse la taille permise."),
    500: ("our_bug", "Une erreur de notre côté a interrompu la demande. Notre équipe est prévenue."),
}

CONFLICTS = frozenset({"no_review", "no_such_notice", "no_candidate", "unlinked"})
"""Codes of the taxonomy that say « not now » rather than « not so »."""

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:passerelle:problem:too_many_runs"]},
        "title": {"type": "string", "description": "Le même pour tous les problèmes de ce statut."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable : c’est lui que lit un programme."},
        "detail": {"type": "string", "description": "Une phrase en français, qui dit quoi faire."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["where", "sentence"],
                "properties": {"where": {"type": "string"}, "sentence": {"type": "string"}},
            },
        },
    },
}

log = structlog.get_logger(__name__)


class Problem(Exception):  # noqa: N818 - the standard's word
    """What a caller is answered instead of what was asked."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})
        self.errors = errors

    def answer(self) -> Response:
        """Give the response."""
        body: dict[str, Any] = {
            "type": f"urn:passerelle:problem:{self.code}",
            "title": TITLES.get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "code": self.code,
            "detail": self.sentence,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def not_found() -> Problem:
    """Give the one answer for what is not there and for what is another venue's."""
    return Problem(404, *SENTENCES[404])


def problem_of(error: PartnerError) -> Problem:
    """Give the problem of an error of the adapters' taxonomy."""
    if error.code in CONFLICTS:
        return Problem(409, error.code, error.sentence)
    if isinstance(error, ConfigurationError):
        return Problem(422, error.code, error.sentence)
    return Problem(503, error.code, error.sentence, headers={"Retry-After": "60"})


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Give what OpenAPI says of the problems that a route may answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in sorted(statuses)}


def install(app: FastAPI) -> None:
    """Make every error of an application a problem."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> Response:
        return error.answer()

    @app.exception_handler(PartnerError)
    async def _partner(_: Request, error: PartnerError) -> Response:
        return problem_of(error).answer()

    @app.exception_handler(KeyReusedError)
    async def _reused(_: Request, __: KeyReusedError) -> Response:
        sentence = "Cette clé d’idempotence a déjà servi pour une autre demande."
        return Problem(422, "idempotency_key_reused", sentence).answer()

    @app.exception_handler(AlreadyHeardError)
    async def _heard(_: Request, __: AlreadyHeardError) -> Response:
        return Problem(409, "already_received", "Cette demande a déjà été reçue et exécutée.").answer()

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return _of_validation(error).answer()

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        code, sentence = SENTENCES.get(error.status_code, (f"http_{error.status_code}", str(error.detail)))
        return Problem(error.status_code, code, sentence, headers=error.headers).answer()

    @app.exception_handler(PoolTimeoutError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(OperationalError)
    async def _database(_: Request, error: Exception) -> Response:
        log.warning("database_away", error=str(error))
        sentence = "La base de données ne répond pas. Réessayez dans quelques secondes."
        return Problem(503, "database_away", sentence, headers={"Retry-After": "5"}).answer()

    @app.exception_handler(Exception)
    async def _bug(_: Request, error: Exception) -> Response:
        log.error("request_failed", error=str(error), database=isinstance(error, DBAPIError))
        return Problem(500, *SENTENCES[500]).answer()


def _of_validation(error: RequestValidationError) -> Problem:
    errors = [
        {"where": ".".join(str(part) for part in problem["loc"]), "sentence": _in_french(problem)}
        for problem in error.errors()
    ]
    listed = " ; ".join(f"{each['where']} : {each['sentence']}" for each in errors[:5])
    return Problem(422, "invalid", f"Demande à corriger : {listed}.", errors=errors)


def _in_french(problem: Mapping[str, Any]) -> str:
    limits = problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return "manque"
        case "extra_forbidden":
            return "n’est pas connu"
        case "json_invalid" | "model_attributes_type" | "dict_type":
            return "un objet JSON est attendu"
        case "string_type" | "string_pattern_mismatch":
            return "un texte d’une autre forme est attendu"
        case "string_unicode":
            return "contient un caractère qui n’est pas du texte"
        case "string_too_short" | "too_short":
            return "est trop court"
        case "string_too_long" | "too_long":
            return "est trop long"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "un nombre entier est attendu"
        case "bool_parsing" | "bool_type":
            return "« true » ou « false » est attendu"
        case "greater_than_equal":
            return f"au moins {limits['ge']}"
        case "less_than_equal":
            return f"au plus {limits['le']}"
        case "enum" | "literal_error":
            return f"valeurs possibles : {str(limits['expected']).replace(' or ', ' ou ')}"
        case "value_error":
            return str(limits.get("error", "valeur inattendue"))
        case _:
            return "valeur inattendue"
