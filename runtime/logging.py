"""One log line, one event, on stderr: for a person on a terminal, JSON for machines, secrets masked.

Lines of the standard library's logging (Celery, SQLAlchemy, uvicorn) take the same way.
"""

import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

_SECRET_WORDS = frozenset(
    [
        *("authorization", "bearer", "cookie", "cookies", "credential", "credentials", "signature"),
        *("apikey", "key", "keys", "secret", "secrets", "token", "tokens"),
        *("passwd", "password", "passwords", "pwd"),
    ]
)
_WORDS_OF_A_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET_IN_TEXT = (
    # https://user:password@host, redis://:password@host
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)"), MASK),
    # ?key=…&token=…, in an address or a form
    (
        re.compile(
            r"(?i)(?<![a-z0-9])((?:[a-z]+[_-])*(?:key|apikey|token|secret|password|passwd|signature|sig)=)[^\s&#\"'<>]+"
        ),
        rf"\1{MASK}",
    ),
    # Authorization: Token …, and what is a token by its looks
    (re.compile(r"(?i)(\bauthorization\b['\"]?\s*[:=]\s*['\"]?(?:[a-z]+ +)?)[^\s'\",]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic) +[a-z0-9+/_.~-]{16,}=*"), rf"\1 {MASK}"),
)


def configure_logging(*, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Set logging up for this process; calling it again replaces what was set up.

    Parameters
    ----------
    level
        The least severe level written, by its name.
    stream
        Where lines go; stderr by default. JSON unless it is a terminal; `PASSERELLE_LOG_JSON`, set
        to 1 or 0 in the environment, decides otherwise.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # traces become text here, so that they are masked too; without local variables
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            _renderer(stream),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what looks like a secret, by the name of its key or by its place in a text."""
    return {key: _masked(key, value) for key, value in event.items()}


def redact_text(text: str) -> str:
    """Mask credentials in addresses, `key=` values and bearer tokens within a text."""
    for pattern, replacement in _SECRET_IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


def _masked(key: object, value: object) -> object:
    if value is not None and isinstance(key, str) and _names_a_secret(key):
        return MASK
    if isinstance(value, Mapping):
        return {name: _masked(name, inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(None, inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact_text(value if isinstance(value, str) else str(value))


def _names_a_secret(key: str) -> bool:
    return any(word.lower() in _SECRET_WORDS for word in _WORDS_OF_A_NAME.findall(key))


def _renderer(stream: TextIO) -> Processor:
    wanted = os.environ.get("PASSERELLE_LOG_JSON", "")
    as_json = wanted not in ("0", "false", "no") if wanted else not stream.isatty()
    if as_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())
