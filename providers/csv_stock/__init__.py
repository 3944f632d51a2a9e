"""A shop's stock levels from the file that its software exports: CSV, in whatever hand it is written.

The file lists everything, or only what changed, as the link's settings say. It is read in blocks of
1,000 records, and gone on with by its digest and a line's number.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final

from models.vocabulary import Family, Reason
from providers.base import Cadence, Check, Item, Limits, Page, Provider, Traits, Visit
from providers.books.levels import is_code, read_level
from providers.csv_stock import checks, identifier, lines
from providers.csv_stock.opened import A_BLOCK, opened
from providers.csv_stock.settings import Contents, CsvStockSettings
from providers.errors import ConfigurationError, DataError
from providers.records import LeftOut, Record


class CsvStock(Provider[CsvStockSettings]):
    """The adapter; the module says what is read."""

    slug = "csv-stock"
    label = "Fichier de stock (CSV)"
    family = Family.CATALOGUE
    version = 1
    traits = Traits(
        primary="level",
        knows_remaining=True,
        takes_uploads=True,
        deducts_our_bookings=False,  # it is the shop's shelf: a book leaves it when it is fetched
    )
    cadence = Cadence(
        shortest=timedelta(minutes=15),
        usual=timedelta(hours=1),
        longest=timedelta(days=1),
    )
    limits = Limits(page_items=A_BLOCK)
    Settings: ClassVar = CsvStockSettings

    identifier_label = "Adresse du fichier de stock"
    identifier_help = identifier.HELP

    def read_identifier(self, written: str) -> str:
        return identifier.read(written)

    def check(self, visit: Visit[CsvStockSettings]) -> Iterator[Check]:
        return checks.check(visit, self)

    def fetch(self, visit: Visit[CsvStockSettings]) -> Iterator[Page]:
        """Read the file, from the cursor's line if it is still the same file.

        A file of changes, and one with EANs that a spreadsheet rounded, say nothing of what they do not list.
        """
        _refuse_lost_changes(visit)
        cursor = visit.cursor or {}
        file = opened(visit, self.limits, conditional=not cursor)
        if file is None:
            yield Page((), None, visit.clock(), last=True, unmodified=True)
            return
        digest = file.document.sha256
        restarted = bool(cursor) and cursor.get("sha256") != digest
        kept = {} if restarted else cursor
        unidentified = bool(kept.get("unidentified")) or visit.settings.contents is Contents.CHANGES
        for block in file.blocks(int(kept.get("line") or 1)):
            unidentified = unidentified or lines.has_rounded(block.body, file.layout, block.first)
            yield Page(
                lines.page(block.body, file.layout, block.first),
                {"sha256": digest, "line": block.following, "unidentified": unidentified},
                file.document.said_at,
                estimate=file.lines,
                last=block.is_last,
                restarted=restarted,
                unidentified=unidentified,
            )
            restarted = False

    def normalise(self, item: Item, visit: Visit[CsvStockSettings]) -> Sequence[Record]:
        payload: Any = item.payload
        if not isinstance(payload, dict):
            raise DataError("row_malformed", "La ligne n’est pas lisible.", repr(payload)[:200])
        if not is_code(payload.get("ref")):
            return [LeftOut(item.ref, Reason.NO_EAN)]
        return [read_level(item.ref, payload, visit.settings.prices)]


def _refuse_lost_changes(visit: Visit[CsvStockSettings]) -> None:
    """Refuse changes in a folder: of the files that came between two runs we would read only the last."""
    if visit.identifier.startswith(identifier.FOLDER) and visit.settings.contents is Contents.CHANGES:
        raise ConfigurationError(
            "changes_in_folder",
            "Dans un dossier, déposez des fichiers qui contiennent tout le stock : seul le plus récent est "
            "lu, et des changements seraient perdus.",
        )


PROVIDER: Final = CsvStock()
