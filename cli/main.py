"""`passerelle …`: the command line, one file a group of commands."""

import sys
from typing import Any

import typer

from cli import (
    checking,
    demo,
    docs,
    doctor,
    hint_token,
    importing,
    ledger,
    linking,
    links,
    partners,
    questions,
    recording,
    scaffold,
    schedule,
    serving,
    token,
    trying,
    venues,
)
from cli.answers import ExitCode, margin, print_document

app = typer.Typer(
    name="passerelle",
    help="Keeps cultural venues' offers current in the shared database, from the systems they already use.",
    epilog="Start with: passerelle demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    *(
        demo,
        serving,
        partners,
        trying,
        recording,
        scaffold,
        docs,
        venues,
        linking,
        links,
        checking,
        importing,
        ledger,
        schedule,
    ),
    *(questions, doctor, token, hint_token),
):
    group.add_to(app)


def main() -> None:
    """Run the command of `sys.argv` and exit with its code."""
    try:
        code = app(prog_name="passerelle", standalone_mode=False)
    except typer.Abort:
        code = ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Typer's own class of usage errors has no public name
        code = _misused(error)
    sys.exit(int(code or 0))


def _misused(error: Any) -> int:
    """Say what is wrong with the words that were typed; anything else is a bug, raised again."""
    if not hasattr(error, "format_message"):  # what Typer raises of usage has it, whatever its class
        raise error
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if "--json" in sys.argv:
        print_document({"error": {"code": "usage", "message": message}})
    if context is not None:
        margin().print(context.get_usage())
    margin().print(message)
    if context is not None:
        margin().print(f"See: {context.command_path} --help")
    return ExitCode.WRONG


if __name__ == "__main__":
    main()
