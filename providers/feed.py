"""RSS and Atom: the entries of a site's feed that say when something takes place.

A feed lists the latest entries, not all of them: one that is no longer in it has not gone, so
nothing is withdrawn for not being seen. The day on which an entry was published is not the day of
the event: an entry without a date of its own is left out, never guessed.
"""

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, ClassVar, Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import feedparser

from models.vocabulary import Family
from providers.base import Check, CheckState, Item, Limits, Page, Provider, Traits, VenueFact, Visit
from providers.declared.adapter import item_of, samples_of
from providers.declared.offers import record_of, ref_of
from providers.errors import ConfigurationError, DataError, TransientError
from providers.records import OfferRecord, Record
from providers.settings import OfferDefaults
from providers.text import counted, one_line, typeset

HELP: Final = typeset(
    "Collez l’adresse du flux RSS ou Atom de votre agenda, par exemple "
    "« https://www.exemple.fr/agenda/feed/ »."
)
SINGLE: Final = "single"
"""The ref of an entry's only date: moved, it stays the same date."""

MOST_ENTRIES: Final = 5_000
LONGEST_REF: Final = 200
_ENDS: Final = re.compile(
    rb"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.IGNORECASE | re.DOTALL
)
_BEGINS: Final = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)

# mod_event, xCal, Google Data, Modern Events Calendar: (starts, hour of it, ends, hour of it)
_DATED: Final = (
    ("ev_startdate", "", "ev_enddate", ""),
    ("xcal_dtstart", "", "xcal_dtend", ""),
    ("mec_startdate", "mec_starthour", "mec_enddate", "mec_endhour"),
)
_MODULES: Final = {"urn:ietf:params:xml:ns:xcal": "xcal", "http://webnus.net/rss/mec/": "mec"}
"""Namespaces that feedparser names by the prefix that the site chose → the prefix that we look for."""

_PLACED: Final = ("ev_location", "xcal_location", "mec_location")
_IMAGE: Final = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
_HOUR: Final = re.compile(r"\s*(\d{1,2})[:h](\d{2})?\s*([ap])?\.?m?\.?\s*", re.IGNORECASE)


class Feed(Provider[OfferDefaults]):
    """The adapter; the module says what of a feed is an event."""

    slug = "feed"
    label = "Flux RSS ou Atom"
    family = Family.AGENDA
    version = 1
    traits = Traits(
        refs_are_global=False,
        keeps_session_ids=True,
        uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION}),
    )
    limits = Limits(body=16 * 1024 * 1024)
    Settings: ClassVar = OfferDefaults

    identifier_label = "Adresse du flux"
    identifier_help = HELP

    def read_identifier(self, written: str) -> str:
        pasted = written.strip().strip("<>\"'«»\u00a0").strip()
        bare = re.sub(r"^feed:(?://)?", "", pasted, flags=re.IGNORECASE)
        try:
            parts = urlsplit(bare if "://" in bare else f"https://{bare.lstrip('/')}")
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            host, parts = "", urlsplit("")
        unsafe = re.search(r"[\s\x00-\x1f\x7f]", pasted) or len(pasted) > 2_000
        if parts.scheme not in {"http", "https"} or "." not in host or unsafe or "@" in parts.netloc:
            said = "Ceci n’est pas l’adresse d’un flux" if pasted else "L’adresse du flux manque"
            raise ConfigurationError("identifier_unreadable", f"{said}. {HELP}")
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
        netloc = re.sub(r":(?:80|443)$", "", parts.netloc.lower())
        return urlunsplit(("https", netloc, path, parts.query, ""))

    def check(self, visit: Visit[OfferDefaults]) -> Iterator[Check]:
        """Give the checks `feed`, `dates` and `samples`."""
        (page,) = self._pages(visit, conditional=False)
        dated = [item for item in page.items if item.payload["dates"]]
        facts = {"entries": len(page.items), "dated": len(dated)}
        yield Check("feed", CheckState.OK, f"Le flux contient {counted(len(page.items), 'article')}.", facts)
        if not dated:
            sentence = (
                "Aucun article du flux ne dit quand l’évènement a lieu : rien ne serait importé. "
                "Si votre agenda propose un calendrier (.ics), choisissez plutôt « Calendrier iCalendar »."
            )
            yield Check("dates", CheckState.WARNING, typeset(sentence))
            return
        yield Check("dates", CheckState.OK, f"{counted(len(dated), 'article')} avec une date d’évènement.")
        yield samples_of(self, dated, visit)

    def fetch(self, visit: Visit[OfferDefaults]) -> Iterator[Page]:
        """Give the feed as one page; it is read again from its beginning after an interruption."""
        return self._pages(visit, conditional=True)

    def _pages(self, visit: Visit[OfferDefaults], *, conditional: bool) -> Iterator[Page]:
        asked = visit.clock()
        download = visit.http.download(
            visit.identifier,
            visit.spool / "feed.xml",
            headers={"Accept": "application/rss+xml, application/atom+xml, */*;q=0.5"},
            limit=self.limits.body,
            conditional=conditional,
        )
        if download is None:
            yield Page((), None, asked, last=True, unmodified=True)
            return
        entries = _entries(download.path.read_bytes(), download.headers.get("Content-Type", ""))
        items = [item_of(ref, payload) for ref, payload in _events(entries, visit.identifier)]
        yield Page(items, None, download.requested_at, last=True, unidentified=True)

    def normalise(self, item: Item, visit: Visit[OfferDefaults]) -> Sequence[Record]:
        record = record_of(item, visit)
        if isinstance(record, OfferRecord) and not record.title:
            raise DataError("no_title", "L’article n’a pas de titre.")
        return [record]


def _entries(body: bytes, content_type: str) -> Sequence[Mapping[str, Any]]:
    """Read a feed.

    Raises
    ------
    TransientError
        It is empty, or does not end as a feed ends.
    DataError
        It is something else, or larger than any real feed.
    """
    if not body.strip():
        raise TransientError("cut_body", "Le site a envoyé une réponse vide.", "empty feed body")
    if not _BEGINS.search(body[:65536].replace(b"\x00", b"")):
        sentence = "Le site n’a pas envoyé de flux RSS ou Atom. Vérifiez l’adresse du flux."
        raise DataError("not_a_feed", sentence, "no rss, feed or rdf element", body)
    if not _ENDS.search(body[-4096:].replace(b"\x00", b"").rstrip()):
        raise TransientError(
            "cut_body", "Le flux est arrivé incomplet. Nous réessaierons.", f"{len(body)} bytes"
        )
    if b"<!ENTITY" in body.replace(b"\x00", b""):
        raise DataError("not_a_feed", "Ce flux définit des entités XML : il n’est pas lu.", "entities", body)
    # from memory: given an address or a name, feedparser would open it
    read = feedparser.parse(
        io.BytesIO(body), response_headers={"content-type": content_type or "application/xml"}
    )
    if not read.get("version") and not read.entries:
        raise DataError(
            "not_a_feed", "Ce flux n’est pas lisible.", repr(read.get("bozo_exception"))[:300], body
        )
    if len(read.entries) > MOST_ENTRIES:
        raise DataError(
            "too_many_entries", "Le flux est trop grand pour être importé.", f"{len(read.entries)}"
        )
    entries: Sequence[dict[str, Any]] = read.entries
    for theirs, uri in read.namespaces.items():
        if uri in _MODULES:
            for entry in entries:
                ours = [name for name in entry if name.startswith(f"{theirs}_")]
                entry.update({_MODULES[uri] + name.removeprefix(theirs): entry[name] for name in ours})
    return entries


def _events(entries: Sequence[Mapping[str, Any]], address: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each event's ref and payload; `address` is the feed's.

    Entries of one guid and one title are dates of one event. A guid that stands under several titles
    names none of them (some templates give every entry the same): they are known by their links.
    """
    titles: dict[str, set[str]] = {}
    for entry in entries:
        for ref in {_ref(entry, "id"), _ref(entry, "link")}:
            titles.setdefault(ref, set()).add(str(entry.get("title")))
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        names = (ref for ref in (_ref(entry, "id"), _ref(entry, "link")) if ref and len(titles[ref]) == 1)
        if ref := next(names, ""):
            found.setdefault(ref, []).append(_trimmed(entry, address))
    for ref, payloads in found.items():
        whole = min(payloads, key=lambda payload: (str(payload["dates"]), str(payload)))
        dates = sorted((date for each in payloads for date in each["dates"]), key=str)
        whole["dates"] = [date for number, date in enumerate(dates) if date not in dates[:number]]
        if len(whole["dates"]) == 1:
            whole["dates"][0]["ref"] = SINGLE
        yield ref, whole


def _ref(entry: Mapping[str, Any], name: str) -> str:
    said = one_line(str(entry.get(name) or ""))
    digest = blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return ref_of(said if len(said) <= LONGEST_REF else f"{said[:150]}-{digest}")


def _trimmed(entry: Mapping[str, Any], address: str) -> dict[str, Any]:
    """Keep of an entry what we read: authors, contributors and comments are not."""
    texts = [each.get("value") for each in entry.get("content", ())] + [entry.get("summary")]
    kept = {
        "title": html.unescape(str(entry.get("title") or "")),
        "description": max((text for text in texts if isinstance(text, str)), key=len, default=None),
        "url": _absolute(entry.get("link"), address),
        "image": _absolute(_image(entry), address),
    }
    said: dict[str, Any] = {name: value for name, value in kept.items() if isinstance(value, str) and value}
    words = [tag.get("term") for tag in entry.get("tags", ())]
    said["keywords"] = [word for word in words if isinstance(word, str)][:30]
    said["place"] = _place(entry)
    said["dates"] = list(_dates(entry))
    return said


def _absolute(said: Any, address: str) -> str:
    try:
        return urljoin(address, said) if isinstance(said, str) and said else ""
    except ValueError:
        return ""


def _dates(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for starts, hour, ends, end_hour in _DATED:
        if isinstance(entry.get(starts), str) and entry[starts].strip():
            said = {"starts": _with_hour(entry, starts, hour), "ends": _with_hour(entry, ends, end_hour)}
            yield {name: value for name, value in said.items() if value}
            return
    when = entry.get("gd_when")
    if isinstance(when, Mapping) and isinstance(when.get("starttime"), str):
        times = {"starts": when["starttime"], "ends": when.get("endtime")}
        yield {name: value for name, value in times.items() if isinstance(value, str) and value}


def _with_hour(entry: Mapping[str, Any], day: str, hour: str) -> str:
    """Give a date, with the hour that Modern Events Calendar writes apart (« 8:00 pm »)."""
    written = entry.get(day)
    written = written.strip() if isinstance(written, str) else ""
    said = _HOUR.fullmatch(str(entry.get(hour) or "")) if hour and written else None
    if said is None:
        return written
    hours = int(said[1]) % 12 + (12 if said[3].lower() == "p" else 0) if said[3] else int(said[1])
    return f"{written}T{hours:02}:{said[2] or '00'}:00"


def _image(entry: Mapping[str, Any]) -> str:
    """Give the first picture: an enclosure, else what Media RSS names."""
    for each in [*entry.get("enclosures", ()), *entry.get("media_content", ())]:
        address = str(each.get("href") or each.get("url") or "")
        kind = str(each.get("type") or each.get("medium") or "")
        if kind.startswith("image") or (not kind and _IMAGE.search(address)):
            return address
    return next((str(each.get("url") or "") for each in entry.get("media_thumbnail", ())), "")


def _place(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = next((entry[name] for name in _PLACED if isinstance(entry.get(name), str)), "")
    where = entry.get("gd_where")
    said = said or (where.get("valuestring") if isinstance(where, Mapping) else "")
    place: dict[str, Any] = {"name": said} if isinstance(said, str) and said and "://" not in said else {}
    spot = entry.get("where")
    at = spot.get("coordinates") if isinstance(spot, Mapping) and spot.get("type") == "Point" else None
    if isinstance(at, Sequence) and len(at) >= 2:
        place |= {"longitude": float(at[0]), "latitude": float(at[1])}
    elif entry.get("geo_lat") and entry.get("geo_long"):
        place |= {"longitude": entry["geo_long"], "latitude": entry["geo_lat"]}
    return place


PROVIDER: Final = Feed()
