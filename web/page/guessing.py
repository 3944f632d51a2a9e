"""Guessing which generic source an address is, from the first bytes that it answers with."""

import secrets

from providers.base import provider, provider_modules
from providers.errors import PartnerError
from providers.settings import ProviderSettings
from workers.visits import Site, open_visit

HEAD = 2_000


def generic_sources() -> list[str]:
    """Name the partners that read any address of their format; none where none is installed."""
    return [slug for slug in ("ical", "feed", "csv-stock") if slug in provider_modules()]


def generic_source(site: Site, address: str) -> str | None:
    """Give the slug of the generic partner that reads this address, if one of ours does."""
    known = generic_sources()
    if not known:
        return None
    adapter = provider(known[0])
    try:
        with open_visit(
            site, adapter, address, ProviderSettings(), name=f"guess-{secrets.token_hex(8)}"
        ) as visit:
            body = visit.http.get(address).content[:HEAD].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    except PartnerError:
        return None
    guess = guess_format(body)
    return guess if guess in known else None


def guess_format(head: str) -> str | None:
    """Say which format a body opens like: a calendar, a feed, or a stock list."""
    lower = head.casefold()
    if lower.startswith("begin:vcalendar"):
        return "ical"
    if "<rss" in lower or "<feed" in lower or "<rdf:rdf" in lower:
        return "feed"
    first = lower.splitlines()[0] if lower else ""
    if not lower.startswith("<") and any(sign in first for sign in (";", ",", "\t")):
        return "csv-stock"
    return None
