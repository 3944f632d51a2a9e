"""What every command ends with: an answer for a person or a machine, and the exit code that says how it went.

Help is English, like the code. What a venue's manager could be told is French, in the words of the
page: sentences, statuses, the headings of tables.
"""

import functools
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import psycopg
import sqlalchemy.exc
import typer
from rich.console import Console, RenderableType

from providers.errors import ConfigurationError, PartnerError
from providers.text import typeset
from runtime.errors import SetupError
from runtime.logging import configure_logging

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout; logs go to stderr.")
]


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    WRONG = 2
    """Wrong usage or configuration."""
    REVIEW = 3
    """A person has to decide what the run held back."""
    INTERRUPTED = 130


class RefusedError(Exception):
    """What was asked cannot be done as asked; the French sentence says what to ask instead.

    `document` is added to the JSON answer: what was learnt before.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        exit_code: ExitCode = ExitCode.WRONG,
        document: Mapping[str, Any] | None = None,
        screen: Sequence[RenderableType] = (),
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = typeset(sentence)
        self.exit_code = exit_code
        self.document = document or {}
        self.screen = screen


@dataclass(frozen=True)
class Answer:
    """What a command found: the JSON document, the same for a person, and the exit code.

    `document` None: the command has already printed it.
    """

    document: Any
    screen: Sequence[RenderableType] = ()
    code: ExitCode = ExitCode.DONE


def command(
    app: typer.Typer, name: str, *, example: str
) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Register a function that gives an Answer, as a command whose help ends with an example.

    The function takes `as_json`; what it raises of the known errors becomes a sentence and a code.
    """

    def register(function: Callable[..., Answer]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            _finish(function, *args, **kwargs)

        signature = inspect.signature(function, eval_str=True)
        run.__signature__ = signature.replace(return_annotation=None)  # type: ignore[attr-defined]
        run.__annotations__ = {**function.__annotations__, "return": None}
        app.command(name, epilog=f"Example: {example}")(run)
        return run

    return register


def listing(group: typer.Typer, *, example: str) -> Callable[[Callable[..., Answer]], Callable[..., None]]:
    """Register a function as what a group does when none of its commands is named."""

    def register(function: Callable[..., Answer]) -> Callable[..., None]:
        @functools.wraps(function)
        def run(context: typer.Context, *args: Any, **kwargs: Any) -> None:
            if context.invoked_subcommand is None:
                _finish(function, *args, **kwargs)

        signature = inspect.signature(function, eval_str=True)
        context = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        run.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[context, *signature.parameters.values()], return_annotation=None
        )
        run.__annotations__ = {"context": typer.Context, **function.__annotations__, "return": None}
        group.callback(invoke_without_command=True, epilog=f"Example: {example}")(run)
        return run

    return register


def _finish(function: Callable[..., Answer], *args: Any, **kwargs: Any) -> None:
    configure_logging(level="WARNING")
    answer = _answer(functools.partial(function, *args, **kwargs))
    raise typer.Exit(_print(answer, as_json=bool(kwargs.get("as_json"))))


def screen() -> Console:
    """Give the console of answers; made anew, since a test may have changed stdout."""
    return _console(stderr=False)


def margin() -> Console:
    """Give the console of what goes beside the answer: progress, warnings, errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """In a pipe lines are wide and not wrapped, so that tables keep their rows."""
    in_pipe = not (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        stderr=stderr,
        width=160 if in_pipe else None,
        soft_wrap=in_pipe,
        highlight=False,
        emoji=False,
        markup=False,
    )


@dataclass(frozen=True)
class _Failure:
    code: ExitCode
    error: str
    sentence: str
    document: Mapping[str, Any]
    screen: Sequence[RenderableType] = ()


def _answer(work: Callable[[], Answer]) -> Answer | _Failure:
    try:
        return work()
    except RefusedError as error:
        return _Failure(error.exit_code, error.code, error.sentence, error.document, error.screen)
    except PartnerError as error:
        code = ExitCode.WRONG if isinstance(error, ConfigurationError) else ExitCode.FAILED
        return _Failure(code, error.code, error.sentence, {})
    except SetupError as error:
        return _Failure(ExitCode.WRONG, "setup", str(error), {})
    except (psycopg.OperationalError, sqlalchemy.exc.OperationalError) as error:
        first = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        return _Failure(ExitCode.WRONG, "database_away", f"La base de données ne répond pas : {first}", {})
    except KeyboardInterrupt:
        return _Failure(ExitCode.INTERRUPTED, "interrupted", "Interrompu.", {})
    except Exception as error:  # noqa: BLE001 - a bug of ours: told as such, with its trace for the engineer
        traceback.print_exc()
        return _Failure(
            ExitCode.FAILED, "our_bug", f"Une erreur de notre côté a interrompu la commande : {error!r}", {}
        )


def _print(answer: Answer | _Failure, *, as_json: bool) -> ExitCode:
    document = answer.document
    if isinstance(answer, _Failure):
        document = {**document, "error": {"code": answer.error, "message": answer.sentence}}
    if as_json and document is not None:
        print_document(document)
    for part in () if as_json else answer.screen:
        screen().print(part)
    if isinstance(answer, _Failure):
        margin().print(answer.sentence)
    return answer.code


def print_document(document: Any) -> None:
    """Write the one JSON document of a command."""
    sys.stdout.write(json.dumps(plain(document), ensure_ascii=False, indent=2) + "\n")


def plain(value: Any) -> Any:
    """Give a value as JSON has it: instants in ISO 8601, amounts as text, seconds as a number."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    return value
