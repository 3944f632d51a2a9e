"""Tries a file and says in French what it would bring: its columns, its lines and prices."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from providers.base import Check, CheckState, Provider, Visit
from providers.books.checking import Tried, levels_check, prices_check
from providers.csv_stock.columns import Layout
from providers.csv_stock.lines import page
from providers.csv_stock.opened import Opened, opened
from providers.csv_stock.settings import Contents, CsvStockSettings
from providers.errors import ConfigurationError, DataError
from providers.records import Record
from providers.text import counted, typeset

MOST_TRIED: Final = 5
"""Blocks that are read for the samples: a person waits."""

_CHARSETS: Final = {"utf-8": "UTF-8", "cp1252": "Windows", "cp850": "DOS", "mac_roman": "Mac"}
_SEPARATORS: Final = {";": "point-virgule", "\t": "tabulation", ",": "virgule", "|": "barre verticale"}


def check(visit: Visit[CsvStockSettings], provider: Provider[CsvStockSettings]) -> Iterator[Check]:
    """Give the checks `file`, `columns`, `levels`, `prices` and `rounded`; a refusal ends them."""
    for each in _checks(visit, provider):
        yield replace(each, sentence=typeset(each.sentence))


def _checks(visit: Visit[CsvStockSettings], provider: Provider[CsvStockSettings]) -> Iterator[Check]:
    try:
        file = opened(visit, provider.limits, conditional=False)
    except (ConfigurationError, DataError) as error:
        name = "columns" if error.code.startswith("column") else "file"
        yield Check(name, CheckState.FAILED, error.sentence, {"detail": str(error)})
        return
    if file is None:
        return
    yield _file(file)
    yield _columns(file.layout)
    tried, complete = Tried(), False
    for block in islice(file.blocks(), MOST_TRIED):
        tried.add(_read(provider, block.body, file.layout, block.first, visit))
        complete = block.is_last
    data = file.lines - file.layout.first + 1
    yield levels_check(tried, announced=None if complete else data, complete=complete)
    if tried.levels:
        yield prices_check(tried.levels, visit.settings.prices)
    if rounded := tried.wrong["ean_scientific"]:
        yield _rounded(rounded, visit.settings)


def _file(file: Opened) -> Check:
    layout = file.layout
    charset = _CHARSETS.get(layout.charset, layout.charset)
    facts = {
        "title": file.document.name,
        "charset": layout.charset,
        "separator": layout.separator,
        "lines": file.lines,
    }
    sentence = (
        f"Fichier « {file.document.name} » : {counted(file.lines, 'ligne')}, caractères {charset}, "
        f"séparateur {_SEPARATORS[layout.separator]}."
    )
    return Check("file", CheckState.OK, sentence, facts)


def _columns(layout: Layout) -> Check:
    price = "aucune" if layout.price is None else layout.called(layout.price)
    sentence = (
        f"Colonnes lues : EAN {layout.called(layout.ean)} ; exemplaires {layout.called(layout.available)} ; "
        f"prix {price}."
    )
    facts = {
        "columns": list(layout.names),
        "ean": layout.ean + 1,
        "available": layout.available + 1,
        "price": None if layout.price is None else layout.price + 1,
    }
    if layout.names:
        return Check("columns", CheckState.OK, sentence, facts)
    sentence += " Le fichier n’a pas de ligne de titres : vérifiez-les."
    return Check("columns", CheckState.WARNING, sentence, facts)


def _rounded(number: int, settings: CsvStockSettings) -> Check:
    sentence = (
        f"EAN écrits comme « 9,78E+12 » : {number}. Un tableur les a arrondis : mettez la colonne au format "
        "« Texte » et exportez à nouveau."
    )
    if settings.contents is Contents.SNAPSHOT:
        sentence += " D’ici là, les livres qui ne sont plus dans le fichier ne sont pas retirés."
    return Check("rounded", CheckState.WARNING, sentence, {"rounded": number})


def _read(
    provider: Provider[CsvStockSettings],
    body: bytes,
    layout: Layout,
    first: int,
    visit: Visit[CsvStockSettings],
) -> Iterator[Record | DataError]:
    for item in page(body, layout, first):
        try:
            yield from provider.normalise(item, visit)
        except DataError as error:
            yield error
