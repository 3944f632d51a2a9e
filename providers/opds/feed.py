"""What a document of a catalogue says beside its entries, and how it is refused when it is none.

Sources: RFC 4287 (Atom), RFC 5005 (paged and complete feeds), RFC 6721 (tombstones), OPDS 1.2 and 2.0.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from providers.errors import DataError, PartnerError, TransientError
from providers.opds.links import CRAWLABLE, leads_to_section, resolved

MOST_SECTIONS: Final = 1_000
"""Links to other feeds that are taken from one document."""


@dataclass(slots=True)
class Feed:
    """A document as read so far; what depends on its end is right once its entries were all read.

    Parameters
    ----------
    url
        Its own address, after redirects.
    format
        `OPDS 1` or `OPDS 2`.
    total
        The number of entries that the list is said to have, over all its pages.
    complete
        It says that it lists everything (fh:complete).
    next
        Where its list goes on.
    sections
        Feeds that it leads to, in order, without doubles.
    entries
        Entries met, those that lead to sections too; `nameless` of them have no identifier, `lost`
        lead nowhere that can be read.
    begins
        Its list does not go on from an earlier page.
    """

    url: str
    format: str
    title: str = ""
    total: int | None = None
    complete: bool = False
    next: str | None = None
    crawlable: str | None = None
    sections: dict[str, None] = field(default_factory=dict)
    entries: int = 0
    publications: int = 0
    nameless: int = 0
    lost: int = 0
    begins: bool = True

    def takes_link(self, base: str, relation: str, href: str | None) -> None:
        """Take one of the feed's own links.

        Raises
        ------
        DataError
            `next_unreadable`: it has a next page and does not say where.
        """
        match relation:
            case "next":
                self.next = resolved(base, href)
                if self.next is None:
                    sentence = (
                        "Le catalogue annonce une page suivante dont l’adresse est illisible. "
                        "Prévenez le site qui le publie."
                    )
                    raise DataError("next_unreadable", sentence, f"{self.url}: next {str(href)[:200]!r}")
            case "prev" | "previous" | "prev-archive":
                self.begins = False
            case _ if relation == CRAWLABLE:
                self.crawlable = resolved(base, href)
            case _:
                pass

    def takes_section(self, base: str, relation: str, href: str | None, media_type: str) -> bool:
        """Take a link to another feed, if it is one; says whether it is."""
        if not leads_to_section(relation, media_type):
            return False
        url = resolved(base, href)
        if url is None or len(self.sections) >= MOST_SECTIONS:
            self.lost += 1
            return False
        self.sections[url] = None
        return True


def cut(detail: str) -> PartnerError:
    """Give the error of a document that ends before its end."""
    sentence = "Le catalogue s’est interrompu avant la fin. Nous réessaierons."
    return TransientError("cut_body", sentence, detail)


def refused(head: bytes, detail: str) -> DataError:
    """Say what a document is that is no OPDS feed, from its first bytes, and what to do."""
    text = head.decode("utf-8", "replace").lower()
    if re.search(r"<!doctype html|<html[\s>]", text):
        sentence = "Cette adresse est celle d’une page web, pas d’un catalogue OPDS."
        if found := _ADVERTISED.search(head.decode("utf-8", "replace")):
            href = re.search(r"href\s*=\s*[\"']([^\"'\s]{1,500})", found[0], re.IGNORECASE)
            sentence += f" La page annonce celui-ci : « {href[1]} »." if href else ""
        return DataError("web_page", sentence, detail, head)
    if "<rss" in text or "<rdf:rdf" in text:
        return DataError("rss", "Ceci est un flux RSS, pas un catalogue OPDS.", detail, head)
    if "<onixmessage" in text:
        sentence = "Ceci est un catalogue ONIX : choisissez « ONIX » comme partenaire."
        return DataError("onix", sentence, detail, head)
    if "opds-authentication" in text or '"authentication"' in text:
        sentence = "Le catalogue demande de s’identifier : indiquez le nom d’utilisateur et le mot de passe."
        return DataError("authentication_document", sentence, detail, head)
    sentence = "Ce qui se trouve à cette adresse n’est pas un catalogue OPDS. Vérifiez l’adresse."
    return DataError("not_a_catalogue", sentence, detail, head)


_ADVERTISED: Final = re.compile(
    r"<link\b[^>]{0,500}(?:opds-catalog|application/opds\+json)[^>]{0,500}>", re.IGNORECASE
)
