"""Who calls: the portal, by a signature over the whole request, or one venue's script, by its token."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from models.access import Role, use_token
from models.request import HeardRequest
from runtime.errors import SetupError
from web.problems import Problem

USER_HEADER = "passerelle-user"
ROLE_HEADER = "passerelle-role"
_USER = re.compile(r"[\x21-\x7e]{1,200}")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the ledger keeps it.

    Parameters
    ----------
    actor
        `portal:<user>` or `token:<name>`.
    venue_id
        The only venue that exists for this caller; None: the portal, which acts for any.
    door
        `portal`, or a token's number: whose keys its requests carry.
    """

    actor: str
    role: Role
    venue_id: int | None = None
    door: str = "portal"

    def may_see(self, venue_id: int | None) -> bool:
        """Whether this venue's things exist for the caller; an operator's catalogue (None) never does."""
        return venue_id is not None and self.venue_id in (None, venue_id)


@dataclass(frozen=True, slots=True)
class Presented:
    """A request as it came in: `target` is path and query, header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def signed_text(self) -> str:
        """What the portal signs: every part of the request that decides what happens."""
        user, role = self.headers.get(USER_HEADER, ""), self.headers.get(ROLE_HEADER, "")
        return f"{self.method} {self.target}\n{user}\n{role}\n{self.body.decode()}"


def read_keys(keys: Sequence[SecretStr], setting: str) -> list[Webhook]:
    """Give signing keys from `whsec_…` secrets; SetupError when one is none."""
    try:
        return [Webhook(key.get_secret_value()) for key in keys]
    except (ValueError, EmptyWebhookSecretError):
        raise SetupError(
            f"{setting} takes Standard Webhooks secrets, comma separated; make one with: "
            "python -c \"import base64, os; print('whsec_' + base64.b64encode(os.urandom(32)).decode())\""
        ) from None


def is_signed(presented: Presented) -> bool:
    """Whether this is a call of the portal, or says so."""
    return "webhook-signature" in presented.headers


def recognise_script(db: Session, presented: Presented) -> Caller:
    """Give whose token this is.

    Raises
    ------
    Problem
        401: a token that is not good, or none. The answer does not say what was wrong with it.
    """
    kind, _, token = presented.headers.get("authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not token.strip():
        raise _unauthorized("not_authenticated", "Signez la demande, ou joignez le jeton d’un lieu.")
    row = use_token(db, token.strip())
    if row is None:
        raise _unauthorized("token_unknown", "Ce jeton n’est pas connu, ou il a été révoqué.")
    return Caller(f"token:{row.name}", Role(row.role), row.venue_id, str(row.id))


def heard_request(caller: Caller, presented: Presented) -> HeardRequest:
    """Give how this request is recognised when it comes again.

    Raises
    ------
    Problem
        422: the Idempotency-Key is not one.
    """
    keys = []
    written = presented.headers.get("idempotency-key")
    if written is not None:
        if not _KEY.fullmatch(written):
            raise Problem(
                422, "idempotency_key_invalid", "Idempotency-Key : de 1 à 200 caractères ASCII, sans espace."
            )
        keys.append(f"key {written}")
    if caller.door == "portal" and "webhook-id" in presented.headers:
        keys.append(f"message {presented.headers['webhook-id']}")
    asked = b"%s %s\n" % (presented.method.encode(), presented.target.encode())
    return HeardRequest(caller.door, keys, hashlib.sha256(asked + presented.body).digest())


def recognise_portal(presented: Presented, keys: Sequence[Webhook]) -> Caller:
    """Give for whom the portal calls; nobody is asked.

    Raises
    ------
    Problem
        401: no key of ours signed this, or it dates, or it does not say for whom.
    """
    try:
        text, headers = presented.signed_text, dict(presented.headers)
        if not any(_is_signed_by(key, text, headers) for key in keys):
            raise _unauthorized(
                "signature_invalid", "La signature ne correspond pas à la demande, ou elle date trop."
            )
    except UnicodeDecodeError:
        raise _unauthorized("signature_invalid", "Le corps de la demande n’est pas de l’UTF-8.") from None
    user, role = headers.get(USER_HEADER, ""), headers.get(ROLE_HEADER, "")
    if not _USER.fullmatch(user) or role not in list(Role) or not _KEY.fullmatch(headers["webhook-id"]):
        raise _unauthorized(
            "user_missing",
            "Passerelle-User (sans espace) et Passerelle-Role (read ou manage) disent pour qui vous appelez.",
        )
    return Caller(f"portal:{user}", Role(role))


def _is_signed_by(key: Webhook, text: str, headers: dict[str, str]) -> bool:
    try:
        key.verify(text, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: what is no base64, or has no comma
        return False
    return True


def _unauthorized(code: str, sentence: str) -> Problem:
    return Problem(401, code, sentence, headers={"WWW-Authenticate": 'Bearer realm="passerelle"'})
