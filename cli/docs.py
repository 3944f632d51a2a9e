"""`passerelle docs`: writes the settings of each adapter into its page."""

from pathlib import Path
from typing import Annotated

import typer

from cli.answers import Answer, AsJson, ExitCode, RefusedError, command
from providers.base import provider, provider_modules
from providers.pages import with_written_part

PAGES = Path(__file__).resolve().parent.parent / "docs" / "providers"


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "docs", example="passerelle docs")(write_docs)


def write_docs(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 if a page is behind.")
    ] = False,
    as_json: AsJson = False,
) -> Answer:
    """Write what each adapter says of itself into docs/providers/; a page that is missing is begun."""
    del as_json
    if not PAGES.is_dir():
        raise RefusedError("no_clone", "Cette commande s’utilise dans une copie du dépôt.")
    behind = []
    for slug in sorted(provider_modules()):
        adapter, page = provider(slug), PAGES / f"{slug}.md"
        said = page.read_text(encoding="utf-8") if page.is_file() else f"# {adapter.label}\n"
        current = with_written_part(said, adapter)
        if current != said:
            behind.append(page.name)
            if not check:
                page.write_text(current.rstrip() + "\n", encoding="utf-8")
    screen = [f"{name} {'n’est plus à jour' if check else 'mise à jour'}." for name in behind]
    return Answer({"behind": behind}, screen, ExitCode.FAILED if check and behind else ExitCode.DONE)
