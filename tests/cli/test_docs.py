"""The pages of docs/providers/ say what the adapters say of themselves."""

import pytest

import cli.docs
from providers.base import provider, provider_modules
from providers.pages import is_current, with_written_part
from tests.providers.parvis.partner import PARVIS, Parvis


@pytest.mark.parametrize("slug", sorted(provider_modules()))
def test_every_page_is_current(slug):
    page = cli.docs.PAGES / f"{slug}.md"
    assert page.is_file(), f"write docs/providers/{slug}.md (`passerelle docs` begins it)"
    assert is_current(page.read_text(encoding="utf-8"), provider(slug)), "run `passerelle docs`"


def test_what_is_written_replaces_what_was_and_nothing_else():
    begun = with_written_part("# Parvis\n\nA hall.\n\n## Known limits\n\nNone.\n", PARVIS)
    assert begun.startswith("# Parvis\n\nA hall.\n\n<!--")
    assert begun.endswith("-->\n\n## Known limits\n\nNone.\n")
    assert "| `token` (secret) | Clé d’accès — Elle est sur votre page « Compte ». | asked for |" in begun
    assert is_current(begun, PARVIS)

    class Slower(Parvis):
        version = 2
        limits = Parvis.limits.__class__(requests=7)

    assert not is_current(begun, Slower())
    again = with_written_part(begun, Slower())
    assert "| requests | 7 in 60 s at most |" in again
    assert with_written_part(again, PARVIS) == begun


def test_the_command_writes_what_is_behind_and_tells_it(passerelle, tmp_path, monkeypatch):
    monkeypatch.setattr(cli.docs, "PAGES", tmp_path)
    monkeypatch.setattr(cli.docs, "provider_modules", lambda: {"pretix": ""})
    assert passerelle("docs", "--check", code=1) == {"behind": ["pretix.md"]}
    assert not list(tmp_path.iterdir())
    assert passerelle("docs") == {"behind": ["pretix.md"]}
    assert (tmp_path / "pretix.md").read_text().startswith("# pretix\n\n<!--")
    assert passerelle("docs", "--check") == {"behind": []}
