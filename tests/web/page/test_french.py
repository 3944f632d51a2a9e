"""What is on screen is French, with its own quotes, apostrophes and no-break spaces."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "web" / "templates").glob("*.html"))
SOURCES = [
    *sorted((ROOT / "web" / "page").rglob("*.py")),
    ROOT / "web" / "imports.py",
    ROOT / "web" / "checks.py",
]
SAID_IN = ("aria-label", "placeholder", "title", "alt", "data-once", "content")
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|is|are|this|that|from|has|have|been|was|were|will|not|for|you|error|failed"
    r"|click|here|loading|please|sign|log in|save|cancel|delete|edit|search|next|previous|back|home|settings"
    r"|events?|venue|source code|sync|offer|offers|run|runs|link|links|unknown|pending|show|hide|yes|or)\b",
    re.IGNORECASE,
)
MISTAKES = {
    "a straight apostrophe": re.compile(r"[^\W\d_]'[^\W\d_]"),
    "a straight quote": re.compile(r'(?<![=\w])"[^\W\d_]|[^\W\d_]"(?![=\w])'),
    "no no-break space before : ; ! ? » % €": re.compile(
        r"(?<![\u00a0\u202f:/\d{])[;!?»](?=\s|$)|[^\W\d_ ][:](?=\s|$)|[ ][:;!?»%€]"
    ),
    "no no-break space after «": re.compile(r"«(?!\u00a0)"),
    "three dots": re.compile(r"\.\.\."),
}


class Words(HTMLParser):
    """The text of a template, and what its attributes say aloud."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.said += [value for name, value in attrs if name in SAID_IN and value and tag != "meta"]

    def handle_data(self, data):
        if data.strip():
            self.said.append(data.strip())


def strings_of(expression: str) -> Iterator[str]:
    """The sentences that an expression of a template may put on screen."""
    for literal in re.findall(r'"([^"]*)"', expression):
        if re.search(
            r"[^\W\d_]\s|[^\W\d_]\u00a0|^[A-ZÀ-Ý][^\W\d_]+$|[à-ÿ]", literal
        ) and not literal.startswith("/"):
            yield literal


def said_by(template: Path) -> list[str]:
    text = template.read_text(encoding="utf-8")
    found: list[str] = []

    def without(match: re.Match[str]) -> str:
        found.extend(strings_of(match[0]))
        return "x" if match[0].startswith("{{") else ""

    words = Words()
    words.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", without, text, flags=re.DOTALL))
    return words.said + found


def written_in(source: Path) -> Iterator[str]:
    """The French strings of a module: sentences, not docstrings, statements, headers nor API descriptions."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in {"description", "title"}:
            left_out |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.JoinedStr) and id(node) not in left_out:
            left_out |= {id(each) for each in ast.walk(node) if each is not node}
            yield from _french(
                "".join(each.value if isinstance(each, ast.Constant) else "0" for each in node.values)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield from _french(node.value)


def _french(text: str) -> Iterator[str]:
    if re.search(r"[à-ÿ’«]", text) and " " in text and "SELECT" not in text:
        yield text


def mistakes(texts: list[str], *, english: bool = True) -> list[str]:
    found = [
        f"{what}: {text!r}" for text in texts for what, mistake in MISTAKES.items() if mistake.search(text)
    ]
    if english:
        found += [f"English: {text!r}" for text in texts if ENGLISH.search(text)]
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_french(template: Path) -> None:
    assert mistakes(said_by(template)) == []


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_sentences_of_a_module_are_french(source: Path) -> None:
    assert mistakes(list(written_in(source))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Saved!",
        "C'est fait",
        "Attention :",
        "Vraiment?",
        "« oui »",
        'Le "lieu"',
        "Un instant...",
        "Click here",
    ],
)
def test_mistakes_are_seen(text: str) -> None:
    assert mistakes([text])


@pytest.mark.parametrize(
    "text", ["C’est fait\u00a0!", "«\u00a0oui\u00a0»", "à 20\u00a0h\u00a030", "26\u00a0€"]
)
def test_french_is_let_through(text: str) -> None:
    assert mistakes([text]) == []
