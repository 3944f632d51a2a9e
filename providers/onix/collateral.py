"""What is said and shown of a product: its description and its cover (block 2)."""

import re
from typing import Any, Final

from lxml import etree

from providers.books.description import plain_description
from providers.onix.tags import Element

_TEXTS: Final = {"03": 0, "05": 1, "02": 2}
"""List 153, best first: the description, the cover copy, the short description."""

_AUDIENCES: Final = {"00": 0, "03": 0, "": 0, "01": 9, "02": 9}
"""List 154: for everybody and for buyers first; what is for the trade only, never."""

_ADDRESS: Final = re.compile(
    r"https?://[\w-]+(?:\.[\w-]+)+\.?(?::[0-9]+)?(?:[/?#][^\s<>\"]{0,2000})?", re.IGNORECASE
)


def read(block: Element) -> dict[str, Any]:
    """Give `description` and `cover_url`, empty ones too."""
    best: tuple[tuple[int, int], Element] | None = None
    cover = ""
    for child in block:
        if child.tag == "TextContent":
            best = _better(best, child)
        elif child.tag == "SupportingResource" and not cover:
            cover = _cover(child)
    return {"description": _description(best[1]) if best else "", "cover_url": cover}


def _better(
    best: tuple[tuple[int, int], Element] | None, content: Element
) -> tuple[tuple[int, int], Element] | None:
    kind: int | None = None
    audience = 9
    text: Element | None = None
    said = False
    for leaf in content:
        tag = leaf.tag
        if tag == "TextType":
            kind = _TEXTS.get((leaf.text or "").strip())
        elif tag == "ContentAudience":
            said = True
            audience = min(audience, _AUDIENCES.get((leaf.text or "").strip(), 1))
        elif tag == "Text" and (text is None or (leaf.get("language") or "") == "fre"):
            text = leaf
    audience = audience if said else 0
    if kind is None or text is None or audience == 9 or not (len(text) or (text.text or "").strip()):
        return best
    rank = (audience, kind)
    return best if best is not None and best[0] <= rank else (rank, text)


def _description(text: Element) -> str:
    """Give the words of a text, which may be XHTML elements, escaped HTML, or plain."""
    if len(text):
        body = etree.tostring(text, encoding="unicode", with_tail=False)
        return plain_description(body[body.index(">") + 1 : body.rindex("<")])
    return plain_description(text.text or "")


def _cover(resource: Element) -> str:
    """Give the address of a front cover (list 158, 01) that is a still picture."""
    links: list[str] = []
    for child in resource:
        tag = child.tag
        if tag == "ResourceVersion":
            links.extend((leaf.text or "").strip() for leaf in child if leaf.tag == "ResourceLink")
        elif tag == "ResourceContentType":
            if (child.text or "").strip() != "01":
                return ""
        elif tag == "ResourceMode" and (child.text or "").strip() != "03":
            return ""
    return next((link for link in links if _ADDRESS.fullmatch(link)), "")
