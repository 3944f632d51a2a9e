"""Finds out how a file is laid out: its separator, its first line, and the columns that matter to us."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from providers.csv_stock.cells import looks_like_ean, split
from providers.csv_stock.settings import NO_COLUMN, CsvStockSettings
from providers.csv_stock.writing import Record, not_csv, records
from providers.errors import ConfigurationError
from providers.text import counted, fold, one_line

SEPARATORS: Final = (";", "\t", ",", "|")
_HEADER_WITHIN: Final = 30
_SAMPLE: Final = 200

NAMES: Final[Mapping[str, Sequence[str]]] = {
    "ean": (
        *(
            "ean13",
            "ean 13",
            "ean",
            "code ean13",
            "code ean 13",
            "code ean",
            "no ean",
            "n ean",
            "gtin13",
            "gtin",
        ),
        *("isbn13", "isbn 13", "isbn", "ean isbn", "isbn ean", "code isbn", "code barre", "code barres"),
        *("code a barres", "code a barre", "codebarre", "codebarres", "gencod", "gencode", "barcode"),
        *("ref ean", "reference ean", "reference", "ref", "code article", "article", "code produit", "code"),
    ),
    "available": (
        *("stock disponible", "quantite disponible", "qte disponible", "qte dispo", "stock dispo"),
        *("disponible", "dispo", "available", "exemplaires disponibles", "stock net", "quantite en stock"),
        *("qte en stock", "qte stock", "quantite stock", "stock qte", "stock quantite", "en stock"),
        *("stock reel", "stock physique", "stock actuel", "stock magasin", "stock", "stocks", "quantite"),
        *("quantites", "qte", "qtes", "qty", "quantity", "nb exemplaires", "nombre d exemplaires"),
        *("exemplaires", "nombre", "nb"),
    ),
    "price": (
        *("prix de vente ttc", "prix vente ttc", "prix public ttc", "prix ttc", "pv ttc", "pvttc", "pp ttc"),
        *("prix unitaire ttc", "tarif ttc", "ttc", "prix de vente", "prix vente", "prix public", "pv"),
        *("prix editeur", "prix", "price", "tarif"),
    ),
}
"""Names of columns as shops write them, folded; the first that a file has is taken."""

WORDS: Final = {"ean": "de l’EAN", "available": "du nombre d’exemplaires", "price": "du prix"}
_WITH_UNIT: Final = re.compile(r" (?:eur|euros?|e)$")
_WHOLE: Final = re.compile(r"[+-]?\d{1,6}")
_MONEY: Final = re.compile(r"\d[\d\s]*[.,]\d{2}\s*€?|\d+\s*€")


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read the file.

    Parameters
    ----------
    names
        The columns as the first line calls them; empty: there is no such line.
    first
        The number of the first line that may be a level's.
    """

    charset: str
    separator: str
    names: tuple[str, ...]
    first: int
    ean: int
    available: int
    price: int | None

    def called(self, column: int) -> str:
        """Give a column as a person finds it."""
        return f"« {self.names[column]} »" if column < len(self.names) else f"n° {column + 1}"


def find_layout(head: bytes, charsets: Sequence[str], settings: CsvStockSettings) -> Layout:
    """Find out how a file is laid out from its beginning.

    Raises
    ------
    ConfigurationError
        `columns_unknown`, `column_missing`: a person names a column; the sentence lists
        those there are.
    DataError
        `not_csv`: nothing in it looks like a list.
    """
    best: tuple[int, int] = (0, 0)
    found: _Sight | None = None
    for charset in charsets:
        for separator in SEPARATORS:
            sight = _Sight.of(head, charset, separator, settings)
            if sight.score > best:
                best, found = sight.score, sight
    if found is None:
        raise not_csv("neither a known header nor an EAN", head)
    return found.layout(settings)


@dataclass(frozen=True, slots=True)
class _Sight:
    """The beginning of a file, read with one charset and one separator."""

    charset: str
    separator: str
    header: int | None
    rows: Sequence[tuple[int, list[str]]]

    @classmethod
    def of(cls, head: bytes, charset: str, separator: str, settings: CsvStockSettings) -> "_Sight":
        met = _first_records(head, separator)
        cells = split([record.body.decode(charset, "replace").lstrip("\ufeff") for record in met], separator)
        rows = [(record.line, row) for record, row in zip(met, cells, strict=True)]
        wanted = {_squeezed(name) for name in _asked(settings).values() if not name.isdecimal()}
        header = next(
            (n for n, (_, row) in enumerate(rows[:_HEADER_WITHIN]) if _is_header(row, wanted)), None
        )
        if header is None and rows and _looks_like_titles(rows):
            header = 0
        return cls(charset, separator, header, rows)

    @property
    def score(self) -> tuple[int, int]:
        """How well it reads: what of the header is known, then the records that hold an EAN and more."""
        known = 0
        if self.header is not None:
            known = sum(_by_name(self.rows[self.header][1], role) is not None for role in NAMES)
        usable = sum(len(row) > 1 and any(looks_like_ean(cell) for cell in row) for _, row in self.rows)
        return known, usable

    def layout(self, settings: CsvStockSettings) -> Layout:
        names = tuple(one_line(cell) for cell in self.rows[self.header][1]) if self.header is not None else ()
        below = self.rows if self.header is None else self.rows[self.header + 1 :]
        data = [row for _, row in below if any(cell.strip() for cell in row)][:_SAMPLE]
        chosen = {role: _chosen(role, name, names, data) for role, name in _asked(settings).items()}
        ean = chosen.get("ean", _by_name(names, "ean"))
        if ean is None:
            ean = _by_eans(data)
        available = chosen.get("available", _by_name(names, "available"))
        price = chosen.get("price", _by_name(names, "price"))
        if not names and "available" not in chosen:
            available = _alone(data, _WHOLE, {ean, price})
        if not names and "price" not in chosen:
            price = _alone(data, _MONEY, {ean, available})
        if fold(settings.price_column or "") == NO_COLUMN:
            price = None
        for role, column in (("ean", ean), ("available", available)):
            if column is None:
                raise _unknown(role, names, data)
        if ean is None or available is None:  # said above, for the type checker
            raise AssertionError
        first = below[0][0] if below else self.rows[-1][0] + 1
        return Layout(self.charset, self.separator, names, first, ean, available, price)


def _first_records(head: bytes, separator: str) -> Sequence[Record]:
    found: list[Record] = []
    for record in records(io.BytesIO(head), separator.encode()):
        found.append(record)
        if len(found) > _SAMPLE + _HEADER_WITHIN:
            break
    return found


def _asked(settings: CsvStockSettings) -> Mapping[str, str]:
    """Give role → column, for those that a person named."""
    named = {
        "ean": settings.ean_column,
        "available": settings.available_column,
        "price": settings.price_column,
    }
    return {role: name for role, name in named.items() if name and fold(name) != NO_COLUMN}


def _is_header(row: Sequence[str], wanted: Iterable[str]) -> bool:
    """Tell whether a line names columns: two that we know, or one that a person named; and no level."""
    if len(row) < 2 or any(looks_like_ean(cell) for cell in row):
        return False
    known = sum(_by_name(row, role) is not None for role in NAMES)
    return known > 1 or bool({_squeezed(cell) for cell in row if cell.strip()} & set(wanted))


def _looks_like_titles(rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Tell whether the first record names columns that we do not know: words, above records with EANs."""
    first, *below = [row for _, row in rows]
    words = all(any(map(str.isalpha, cell)) for cell in first) and len(first) > 1
    return words and bool(below) and all(any(looks_like_ean(cell) for cell in row) for row in below[:3])


def _squeezed(name: str) -> str:
    """Give a name for comparing: « P.V. TTC (€) » is « pvttc »."""
    return _WITH_UNIT.sub("", fold(name)).replace(" ", "")


def _by_name(names: Sequence[str], role: str) -> int | None:
    """Find the column that plays a role by what it is called."""
    written = [_squeezed(name) for name in names]
    known = (name.replace(" ", "") for name in NAMES[role])
    return next((written.index(name) for name in known if name in written), None)


def _by_eans(data: Sequence[Sequence[str]]) -> int | None:
    """Find the column that holds EANs, in half of the records at least."""
    width = max((len(row) for row in data), default=0)
    counts = [sum(looks_like_ean(row[n]) for row in data if n < len(row)) for n in range(width)]
    most = max(counts, default=0)
    return counts.index(most) if most and most * 2 >= len(data) and counts.count(most) == 1 else None


def _alone(data: Sequence[Sequence[str]], shape: re.Pattern[str], but: set[int | None]) -> int | None:
    """Find the only column whose cells all have a shape; None where there are none, or several."""
    width = min((len(row) for row in data), default=0)
    found = []
    for column in set(range(width)) - but:
        cells = [row[column].strip() for row in data if row[column].strip()]
        if cells and all(shape.fullmatch(cell) for cell in cells):
            found.append(column)
    return found[0] if len(found) == 1 else None


def _chosen(role: str, name: str, names: Sequence[str], data: Sequence[Sequence[str]]) -> int:
    """Give the column that a person named, or numbered from 1."""
    width = max([len(names), *(len(row) for row in data)])
    written = [_squeezed(each) for each in names]
    if _squeezed(name) in written:
        return written.index(_squeezed(name))
    if re.fullmatch(r"[0-9]{1,3}", name) and 1 <= int(name) <= width:
        return int(name) - 1
    raise ConfigurationError(
        "column_missing",
        f"La colonne « {name} » ({WORDS[role]}) n’est pas dans le fichier. {_there_are(names, data)}",
    )


def _unknown(role: str, names: Sequence[str], data: Sequence[Sequence[str]]) -> ConfigurationError:
    return ConfigurationError(
        "columns_unknown",
        f"Nous n’avons pas trouvé la colonne {WORDS[role]}. {_there_are(names, data)}"
        " Indiquez dans les réglages laquelle c’est.",
    )


def _there_are(names: Sequence[str], data: Sequence[Sequence[str]]) -> str:
    if names:
        return "Colonnes du fichier : " + ", ".join(f"« {name[:40]} »" for name in names[:30]) + "."
    width = max((len(row) for row in data), default=0)
    example = " ; ".join(cell.strip()[:30] for cell in data[0][:10]) if data else ""
    return f"Le fichier a {counted(width, 'colonne')}, sans ligne de titres ; la première ligne : {example}."
