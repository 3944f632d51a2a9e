"""What is asked of pretix: an organiser's events, and of each its products, dates, quotas and front page.

Quotas are read in full each time: neither `Last-Modified` nor a date's `last_modified` moves when a
ticket is sold (pretix 2026.8).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from providers.base import Visit
from providers.errors import ConfigurationError, DataError, PartnerError, TransientError
from providers.pretix.identifier import Shop
from providers.pretix.settings import PretixSettings

A_PAGE: Final = 50
"""The most that pretix gives at once."""

MOST_PAGES: Final = 2_000
PAGE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes: fifty products with all their variations and translations come to 1 MB."""


class Api:
    """The API of one organiser, asked with a link's key."""

    def __init__(self, visit: Visit[PretixSettings]) -> None:
        self.shop = Shop.of(visit.identifier)
        self._http = visit.http
        self._token = visit.settings.token
        self._presents = True

    def organiser(self) -> Mapping[str, Any]:
        return self._object("")

    def events(self) -> Iterator[Mapping[str, Any]]:
        """Give the link's events by slug, those too that are not on sale: they are listed all the same."""
        if self.shop.event:
            yield self.event(self.shop.event)
        else:
            yield from self._listed("events/", {"ordering": "slug"})

    def event(self, slug: str) -> Mapping[str, Any]:
        return self._object(f"events/{slug}/")

    def items(self, slug: str) -> Sequence[Mapping[str, Any]]:
        return list(self._listed(f"events/{slug}/items/", {}))

    def dates(self, slug: str, now: datetime) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Give the dates of a series that are not over, some fifty at a time."""
        asked = {"ends_after": f"{now:%Y-%m-%dT%H:%M:%SZ}", "ordering": "id"}
        batch: list[Mapping[str, Any]] = []
        for date in self._listed(f"events/{slug}/subevents/", asked):
            batch.append(date)
            if len(batch) == A_PAGE:
                yield batch
                batch = []
        if batch:
            yield batch

    def quotas(self, slug: str, dates: Sequence[Mapping[str, Any]] = ()) -> Iterator[Mapping[str, Any]]:
        """Give the quotas of an event, or of some of its dates, with what they leave."""
        asked = {"with_availability": "true", "ordering": "id"}
        if dates:
            asked["subevent__in"] = ",".join(str(date.get("id")) for date in dates)
        yield from self._listed(f"events/{slug}/quotas/", asked)

    def upcoming(self, now: datetime) -> int | None:
        """Count the dates to come of all the series of the link, with one small request."""
        where = f"events/{self.shop.event}/subevents/" if self.shop.event else "subevents/"
        asked = {"ends_after": f"{now:%Y-%m-%dT%H:%M:%SZ}", "active": "true", "page_size": "1"}
        number = self._ask(where, asked).get("count")
        return number if isinstance(number, int) else None

    def presentation(self, slug: str) -> Mapping[str, Any]:
        """Give the settings of an event; nothing where the key may not read them (pretix before 2025)."""
        if not self._presents:
            return {}
        try:
            return self._object(f"events/{slug}/settings/")
        except ConfigurationError:
            self._presents = False
            return {}

    def _object(self, path: str) -> Mapping[str, Any]:
        return self._ask(path, {})

    def _listed(self, path: str, asked: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Give a list page by page, as long as there is a next one.

        Raises
        ------
        TransientError
            `listing_moved`: rows came or went meanwhile, so that some may have been missed.
        DataError
            `next_repeats`: the next page is one that was read already, for ever.
        """
        params = {"page_size": str(A_PAGE), **asked}
        met = [params]
        seen, number, total = 0, 0, None
        while number < MOST_PAGES:
            number += 1
            try:
                page = self._ask(path, params)
            except ConfigurationError as error:
                if number > 1 and error.status == 404:
                    raise _moved(f"{path}: page {number} is gone") from error
                raise
            results = page.get("results")
            if not isinstance(results, list) or not all(isinstance(each, Mapping) for each in results):
                raise _unreadable(f"{path}: no list of objects", repr(page)[:500].encode())
            count = page.get("count")
            total = count if number == 1 else total
            yield from results
            seen += len(results)
            following = str(page.get("next") or "")
            # only its query is taken: the key goes nowhere but to the address that a person gave
            params = dict(parse_qsl(urlsplit(following).query))
            ended = not following or not results
            if not ended and params in met:
                sentence = "pretix ne donne pas la suite de sa liste\u00a0: il renvoie à une page déjà lue."
                raise DataError("next_repeats", sentence, f"{path}: next leads back to {params}")
            if count != total or (isinstance(total, int) and (seen > total or (ended and seen < total))):
                raise _moved(f"{path}: {seen} rows of {total}, now {count}")
            if ended:
                return
            met.append(params)
        raise _unreadable(f"{path}: more than {MOST_PAGES} pages", b"")

    def _ask(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            answer = self._http.get(
                self.shop.api + path,
                params=asked,
                headers={
                    "Authorization": f"Token {self._token.get_secret_value()}",
                    "Accept": "application/json",
                },
                budget_key=budget_key(self.shop),
                limit=PAGE_LIMIT,
            )
        except ConfigurationError as error:
            raise _explained(error, self.shop) from error
        document = answer.json()
        if not isinstance(document, Mapping):
            raise _unreadable(f"{path}: no object", answer.content)
        return document


def budget_key(shop: Shop) -> str:
    """Give what pretix counts requests by: the organiser, 360 a minute where its makers host it."""
    return f"pretix:{shop.host}:{shop.organiser}"


def _explained(error: ConfigurationError, shop: Shop) -> ConfigurationError:
    """Say a refusal in the words of the form."""
    if error.status == 401:
        code = "key_refused"
        sentence = (
            "Clé refusée par pretix. Créez un jeton d’API dans pretix (l’organisateur, « Équipes »), "
            "et collez-le ici en entier."
        )
    elif error.status in {403, 404}:
        code = "shop_not_found"
        what = f"l’évènement « {shop.event} » de " if shop.event else ""
        sentence = (
            f"La clé n’ouvre pas {what}l’organisateur « {shop.organiser} » sur « {shop.host} ». Vérifiez "
            "l’adresse de la billetterie, et que l’équipe de la clé a accès à ses évènements."
        )
    else:
        return error
    explained = ConfigurationError(code, sentence, str(error))
    explained.status = error.status
    return explained


def _moved(detail: str) -> PartnerError:
    sentence = "La billetterie a changé pendant la lecture. Nous réessaierons."
    return TransientError("listing_moved", sentence, detail)


def _unreadable(detail: str, head: bytes) -> DataError:
    return DataError("not_pretix", "Ce que pretix a envoyé n’est pas lisible.", detail, head)
