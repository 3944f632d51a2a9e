"""`passerelle new-provider`: an adapter that passes at once, of a made-up partner, to be edited."""

import importlib.util
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.answers import Answer, AsJson, RefusedError, command
from providers.base import provider_modules
from providers.pages import with_written_part
from providers.registry import NOT_ADAPTERS

CLONE = Path(__file__).resolve().parent.parent
TEMPLATES: Final = Path(__file__).parent / "templates"


class Kind(StrEnum):
    """What a partner sends."""

    JSON = "json-api"
    ICS = "ics"
    XML = "xml"
    CSV = "csv"


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    command(app, "new-provider", example="passerelle new-provider parvis --from json-api")(new_provider)


def new_provider(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The slug: small letters, digits, hyphens.")],
    *,
    kind: Annotated[Kind, typer.Option("--from", help="What the partner sends.")],
    as_json: AsJson = False,
) -> Answer:
    """Write an adapter, its page, its test file and made-up recorded answers; nothing else is touched."""
    del as_json
    module = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", name) or len(name) > 40:
        raise RefusedError("bad_name", f"« {name} » : des minuscules, des chiffres et des traits d’union.")
    if name in provider_modules() or module in NOT_ADAPTERS:
        raise RefusedError("name_taken", f"« {name} » est déjà pris dans providers/.")
    if not (CLONE / "tests" / "providers").is_dir():
        raise RefusedError("no_clone", "Cette commande s’utilise dans une copie du dépôt.")
    files = written_files(name, kind)
    present = [path for path in files if (CLONE / path).exists()]
    if present:
        raise RefusedError("already_there", f"Existe déjà : {', '.join(map(str, present))}.")
    for path, body in files.items():
        target = CLONE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    _write_page(name)
    names = [str(path) for path in files]
    tests = f"tests/providers/{module}"
    recorded = f"{tests}/recorded"
    steps = [
        f"1. Edit providers/{module}.py: its addresses and names are a made-up partner's.",
        f"2. rm -r {recorded}; passerelle record {name} IDENTIFIER --set … --to {recorded}",
        f"3. passerelle docs; pytest {tests}; passerelle try {name} --from {recorded} --faults",
    ]
    return Answer({"written": names, "next": steps}, [*names, "", *steps])


def _write_page(name: str) -> None:
    """Write what the new adapter says of itself into its page; it is loaded from its file."""
    module = name.replace("-", "_")
    spec = importlib.util.spec_from_file_location(f"providers.{module}", CLONE / "providers" / f"{module}.py")
    if spec is None or spec.loader is None:
        return
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    page = CLONE / "docs" / "providers" / f"{name}.md"
    page.write_text(with_written_part(page.read_text(encoding="utf-8"), loaded.PROVIDER), encoding="utf-8")


def written_files(name: str, kind: Kind) -> dict[Path, bytes]:
    """Give path in the clone → content, of all that is written for a new provider."""
    module = name.replace("-", "_")
    label = " ".join(part.capitalize() for part in name.split("-"))
    words = {
        "__imports__": "\n".join(
            sorted(
                (
                    f"from providers.{module} import PROVIDER",
                    "from providers.contract import ProviderContract",
                )
            )
        ),
        "__slug_pattern__": re.escape(name).replace("\\-", "-"),
        "__slug__": name,
        "__module__": module,
        "__Label__": label,
        "__Name__": label.replace(" ", ""),
    }
    tests = Path("tests") / "providers" / module
    files = {Path("providers") / f"{module}.py": _filled(TEMPLATES / kind / "adapter.py.txt", words)}
    files[tests / "test_contract.py"] = _filled(TEMPLATES / kind / "test_contract.py.txt", words)
    for answer in sorted((TEMPLATES / kind).iterdir()):
        if answer.suffix != ".txt":
            files[tests / "recorded" / answer.name] = _filled(answer, words)
    files[Path("docs") / "providers" / f"{name}.md"] = _filled(TEMPLATES / "page.md", words)
    return files


def _filled(template: Path, words: dict[str, str]) -> bytes:
    text = template.read_bytes().decode("utf-8")
    for word, meant in words.items():
        text = text.replace(word, meant)
    return text.encode("utf-8")
