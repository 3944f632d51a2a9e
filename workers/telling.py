"""Tells the portal what waits for a person: notices that open, wait too long, or are resolved.

Each message is a signed Standard Webhook. A message that was not taken is sent again, later each
time, with the same webhook-id: the portal knows it by that.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import requests
import structlog
from pydantic import SecretStr
from standardwebhooks import Webhook

from models.database import Connection
from runtime.settings import RuntimeSettings
from workers.queries import SQL

SECONDS = 3.0
"""The tick gives us no more; the next one goes on."""
TIMEOUT = (1.0, 2.0)
"""Seconds to connect, and to answer. The address is the operator's: it may be private, not slow."""

log = structlog.get_logger(__name__)


def tell_portal(connection: Connection, settings: RuntimeSettings, *, seconds: float = SECONDS) -> int:
    """Send what the portal has not heard, for a few seconds at most; gives how much it took.

    A notice is claimed for a minute in a statement of its own, and told outside of any
    transaction. The first message that is not taken ends the round: the portal may be away.
    """
    if settings.notice_url is None or not settings.notice_key:
        return 0
    until = monotonic() + seconds
    told = 0
    with requests.Session() as client:
        client.trust_env = False
        while monotonic() < until:
            notice = connection.execute(SQL["claim_notice_to_tell"]).fetchone()
            if notice is None:
                break
            if not _send(client, settings, notice):
                connection.execute(SQL["notice_not_taken"], {"notice": notice["id"]})
                break
            connection.execute(SQL[f"notice_{notice['news']}_told"], {"notice": notice["id"]})
            told += 1
    return told


def message_of(notice: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give a message's webhook-id, the same at each attempt, and its body."""
    number = f"-{notice['reminders'] + 1}" if notice["news"] == "reminder" else ""
    resolved_at = notice["resolved_at"]
    body = {
        "type": f"notice.{notice['news']}",
        "timestamp": (resolved_at or notice["opened_at"]).astimezone(UTC).isoformat(),
        "data": {
            "notice": notice["id"],
            "kind": notice["kind"],
            "venue": notice["venue_id"],
            "link": notice["link_id"],
            "run": notice["run_id"],
            "question": notice["question"],
            "facts": notice["facts"],
            "opened_at": notice["opened_at"].astimezone(UTC).isoformat(),
            "resolved_at": resolved_at.astimezone(UTC).isoformat() if resolved_at else None,
            "resolution": notice["resolution"],
            "resolved_by": notice["resolved_by"],
        },
    }
    return f"notice-{notice['id']}-{notice['news']}{number}", body


def signed_headers(keys: Sequence[SecretStr], message: str, body: str) -> dict[str, str]:
    """Give the headers of a message, signed by every key: while they rotate the portal needs one."""
    now = datetime.now(UTC)
    signatures = (Webhook(key.get_secret_value()).sign(message, now, body) for key in keys)
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _send(client: requests.Session, settings: RuntimeSettings, notice: Mapping[str, Any]) -> bool:
    message, content = message_of(notice)
    body = json.dumps(content, ensure_ascii=False)
    try:
        with client.post(
            str(settings.notice_url),
            data=body.encode(),
            headers=signed_headers(settings.notice_key, message, body),
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,  # the answer's body is not read
        ) as answer:
            taken = 200 <= answer.status_code < 300
            if not taken:
                log.warning("notice_refused", notice=notice["id"], status=answer.status_code)
    except requests.RequestException as error:
        log.warning("portal_away", notice=notice["id"], error=str(error))
        return False
    return taken
