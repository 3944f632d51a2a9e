"""Tries a link and says in French what it would bring: the service, its lines, its prices."""

from collections.abc import Iterator
from dataclasses import replace

from providers.base import Check, CheckState, Provider, Visit
from providers.books.checking import Tried, levels_check, prices_check
from providers.errors import ConfigurationError, DataError
from providers.lines import Lines
from providers.records import Record
from providers.stock_api import body
from providers.stock_api.api import Api
from providers.stock_api.settings import StockApiSettings
from providers.text import typeset


def check(visit: Visit[StockApiSettings], api: Api, provider: Provider[StockApiSettings]) -> Iterator[Check]:
    """Give the checks `connection`, `levels`, `prices` and `references`; a refusal ends them."""
    for each in _checks(visit, api, provider):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(
    visit: Visit[StockApiSettings], api: Api, provider: Provider[StockApiSettings]
) -> Iterator[Check]:
    try:
        answer = api.page()
        seen = body.glance(answer.content, api.host)
        lines = Lines(answer.content, body.read_lines)
        tried = Tried()
        tried.add(_read(provider, lines, visit))
    except (ConfigurationError, DataError) as error:
        yield Check("connection", CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    sentence = f"« {api.host} » répond et connaît le SIRET {api.siret}."
    yield Check("connection", CheckState.OK, sentence, {"title": api.host, "siret": api.siret})
    announced = max(seen.total, tried.lines) if seen.total else None
    yield levels_check(tried, announced=announced, complete=False)
    if tried.levels:
        yield prices_check(tried.levels, visit.settings.prices)
    if not seen.named:
        sentence = (
            "Des lignes n’ont pas de référence : tant qu’il y en a, les livres qui ne sont plus dans la "
            "liste ne sont pas retirés. Prévenez votre logiciel de librairie."
        )
        yield Check("references", CheckState.WARNING, sentence)


def _read(
    provider: Provider[StockApiSettings], lines: Lines, visit: Visit[StockApiSettings]
) -> Iterator[Record | DataError]:
    for item in lines:
        try:
            yield from provider.normalise(item, visit)
        except DataError as error:
            yield error
