"""What a product is: its form, title, makers, collection, language, length and subjects (block 1)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from models.vocabulary import Form, Reason
from providers.books import rules
from providers.books.description import plain_line
from providers.books.subjects import label_of
from providers.onix.tags import Element
from providers.records import Contributor, Subject
from providers.text import without_contacts

LONGEST: Final = 500
MOST_MAKERS: Final = 30
MOST_SUBJECTS: Final = 30

_TITLES: Final = {"01": 0, "00": 1, "": 1, "14": 2, "13": 3, "10": 5, "05": 6}
"""List 15, best first: the title itself; a distributor's and an abbreviated one only for want of another."""

_ROLES: Final = {
    **dict.fromkeys(("A01", "A02", "A03", "A04", "A05", "A06", "A09", "A14", "A38"), "author"),
    **dict.fromkeys(("A07", "A08", "A12", "A13", "A35", "A40"), "illustrator"),
    **dict.fromkeys(("B01", "B09", "B11", "B12", "B13", "B14", "B15", "B16", "B18", "B21"), "editor"),
    **dict.fromkeys(("B06", "B08", "B10"), "translator"),
    **dict.fromkeys(("E03", "E07"), "narrator"),
}
"""List 17, as far as a reader cares."""

_PAGES: Final = {"00": 0, "11": 1, "05": 2, "07": 3, "06": 4, "08": 5, "10": 6}
"""List 23, best first: of the main content, of all, of the printed counterpart."""

_SCHEMES: Final = {"29": rules.CLIL, "93": rules.THEMA, "10": "bisac"}
_BIBLIOGRAPHIC: Final = {
    "fra": "fre",
    "deu": "ger",
    "nld": "dut",
    "zho": "chi",
    "ces": "cze",
    "ell": "gre",
    "ron": "rum",
    "slk": "slo",
    "sqi": "alb",
    "hye": "arm",
    "eus": "baq",
    "mya": "bur",
    "kat": "geo",
    "isl": "ice",
    "mkd": "mac",
    "msa": "may",
    "mri": "mao",
    "fas": "per",
    "bod": "tib",
    "cym": "wel",
}
"""ISO 639-2's terminological codes, as the bibliographic ones that ONIX means."""


def read(block: Element, defaults: Mapping[str, str]) -> dict[str, Any]:
    """Give the fields of a product record that block 1 tells, all of them, empty ones too.

    Parameters
    ----------
    defaults
        The message's `language`, where the product says none.
    """
    form = trade = content = language = collection = ""
    parts: list[str] = []
    titles: list[Element] = []
    makers: list[Element] = []
    subjects: list[Mapping[str, str | None]] = []
    pages: tuple[int, int] | None = None
    for child in block:
        tag = child.tag
        if tag == "Subject":
            subjects.append({leaf.tag: leaf.text for leaf in child})
        elif tag == "Contributor":
            makers.append(child)
        elif tag == "Extent":
            pages = _best_extent(pages, child)
        elif tag == "TitleDetail":
            titles.append(child)
        elif tag == "Language":
            language = language or _language(child)
        elif tag == "Collection":
            collection = collection or _collection(child)
        elif tag == "ProductForm":
            form = _text(child)
        elif tag in ("PrimaryContentType", "ProductContentType"):
            content = content or _text(child)
        elif tag == "TradeCategory":
            trade = _text(child)
        elif tag == "ProductPart":
            parts.extend(_text(leaf) for leaf in child if leaf.tag == "ProductForm")
    title, subtitle = _best_title(titles)
    told, deciding = _subjects(subjects)
    return {
        "title": without_contacts(title),
        "subtitle": without_contacts(subtitle),
        "contributors": tuple(_contributors(makers)),
        "collection": collection,
        "language": language or _bibliographic(defaults.get("language", "")),
        "pages": pages[1] if pages else None,
        "form": form_of(form, content, parts),
        "subjects": told,
        "refused": _refused(form, trade, parts, deciding),
    }


def form_of(form: str, content: str = "", parts: Sequence[str] = ()) -> Form:
    """Give what a product is as a thing, by lists 150 and 81; a set is what all its parts are."""
    family = form[:1]
    if family == "S" and parts:
        found = {form_of(part) for part in parts}
        return found.pop() if len(found) == 1 else Form.OTHER
    if family == "B":
        return Form.PAPER
    if family == "A":
        return Form.AUDIO
    if family == "E" or form == "SG":
        return Form.AUDIO if content == "01" else Form.DIGITAL
    return Form.OTHER


def _refused(
    form: str, trade: str, parts: Sequence[str], deciding: Sequence[tuple[str, str]]
) -> Reason | None:
    """A set is no book where none of its parts may be one."""
    things = [rules.refusal_of(rules.FORM, part) for part in (parts if form[:1] == "S" else (form,))]
    if things and all(things):
        return things[0]
    return rules.refusal([(rules.TRADE_CATEGORY, trade), *deciding])


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _best_title(details: Sequence[Element]) -> tuple[str, str]:
    best, rank = ("", ""), 99
    for detail in details:
        found, kind = _title(detail)
        if found[0] and (here := _TITLES.get(kind, 4)) < rank:
            best, rank = found, here
            if not rank:
                break
    return best


def _title(detail: Element) -> tuple[tuple[str, str], str]:
    """Give ((title, subtitle), kind): the product's own words, else those of its series and its number."""
    kind = statement = ""
    own: Mapping[str, str] = {}
    series: Mapping[str, str] = {}
    for child in detail:
        if child.tag == "TitleType":
            kind = _text(child)
        elif child.tag == "TitleElement":
            told = {leaf.tag: leaf.text.strip() for leaf in child if leaf.text}
            if told.get("TitleElementLevel", "01") == "01":
                own = own or told
            else:
                series = series or told
        elif child.tag == "TitleStatement":
            statement = _text(child)
    number = plain_line(own.get("PartNumber", ""))
    title = _words(own)
    if not title and statement:
        title, number = plain_line(statement), ""
    title = title or _words(series)
    if title and number and number not in title:
        title = f"{title} - {number}"
    return (title[:LONGEST], plain_line(own.get("Subtitle", ""))[:LONGEST]), kind


def _words(element: Mapping[str, str]) -> str:
    if text := element.get("TitleText"):
        return plain_line(text)
    prefix, rest = element.get("TitlePrefix", ""), element.get("TitleWithoutPrefix", "")
    joined = prefix + rest if prefix.endswith(("'", "’", "-")) else f"{prefix} {rest}"
    return plain_line(joined) if joined.strip() else ""


def _collection(collection: Element) -> str:
    """Give the title of a series at its own level (02)."""
    for detail in collection:
        if detail.tag == "TitleDetail":
            for element in detail:
                if element.tag == "TitleElement":
                    told = {leaf.tag: leaf.text for leaf in element if leaf.text}
                    if told.get("TitleElementLevel", "").strip() == "02" and (words := _words(told)):
                        return words[:LONGEST]
    return ""


def _contributors(makers: Sequence[Element]) -> Iterator[Contributor]:
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for place, maker in enumerate(makers):
        told: dict[str, str] = {}
        role = ""
        for leaf in maker:
            text = leaf.text
            if text is None or not (text := text.strip()):
                continue
            if leaf.tag == "ContributorRole":
                role = role or _ROLES.get(text, "")
            else:
                told.setdefault(leaf.tag, text)
        name = _name(told)
        if name:
            number = told.get("SequenceNumber", "")
            order = int(number[:6]) if number.isascii() and number.isdecimal() else 999
            found.setdefault((name, role or "other"), (order, place))
    ranked = sorted(found, key=found.__getitem__) if len(found) > 1 else found
    return (Contributor(name, role) for name, role in list(ranked)[:MOST_MAKERS])


def _name(told: Mapping[str, str]) -> str:
    name = told.get("PersonName", "")
    if not name and "KeyNames" in told:
        parts = ("NamesBeforeKey", "PrefixToKey", "KeyNames", "NamesAfterKey", "SuffixToKey")
        name = " ".join(told[part] for part in parts if part in told)
    if not name and "PersonNameInverted" in told:
        last, _, first = told["PersonNameInverted"].partition(",")
        name = f"{first.strip()} {last.strip()}"
    if not name:
        name = told.get("CorporateName") or told.get("CorporateNameInverted", "")
    return plain_line(name)[:200] if name else ""


def _language(language: Element) -> str:
    told = {leaf.tag: leaf.text for leaf in language}
    if (told.get("LanguageRole") or "").strip() != "01":
        return ""
    return _bibliographic(told.get("LanguageCode") or "")


@lru_cache(maxsize=512)
def _bibliographic(written: str) -> str:
    code = written.strip().lower()
    return _BIBLIOGRAPHIC.get(code, code) if len(code) == 3 and code.isascii() and code.isalpha() else ""


def _best_extent(best: tuple[int, int] | None, extent: Element) -> tuple[int, int] | None:
    told = {leaf.tag: (leaf.text or "").strip() for leaf in extent}
    rank, number = _PAGES.get(told.get("ExtentType", "")), told.get("ExtentValue", "")
    if rank is None or told.get("ExtentUnit") != "03" or (best and best[0] <= rank):
        return best
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:9]) < 100_000):
        return best
    return rank, int(number)


def _subjects(
    told: Sequence[Mapping[str, str | None]],
) -> tuple[tuple[Subject, ...], Sequence[tuple[str, str]]]:
    """Give the subjects, main ones first, and the codes by which a product may be refused.

    The main CLIL subject decides where one is marked, else all of them; Thema where there is no CLIL.
    """
    found: dict[tuple[str, str], tuple[bool, str]] = {}
    for each in told:
        scheme = _SCHEMES.get((each.get("SubjectSchemeIdentifier") or "").strip())
        code = (each.get("SubjectCode") or "").strip()
        if scheme is None or not code or len(code) > 20:
            continue
        is_main = "MainSubject" in each
        if is_main or (scheme, code) not in found:
            found[scheme, code] = (is_main, each.get("SubjectHeadingText") or "")
    ranked = [key for key in found if found[key][0]] + [key for key in found if not found[key][0]]
    del ranked[MOST_SUBJECTS:]
    subjects = tuple([_subject(*key, found[key][1]) for key in ranked])
    clil = [key for key in ranked if key[0] == rules.CLIL]
    main = [key for key in clil if found[key][0]]
    return subjects, main or clil or [key for key in ranked if key[0] == rules.THEMA]


@lru_cache(maxsize=4096)
def _subject(scheme: str, code: str, heading: str) -> Subject:
    return Subject(scheme, code, label_of(scheme, code) or plain_line(heading)[:200])
