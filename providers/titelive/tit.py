"""The lines of a `.tit` file: fields separated by `~`, ISO-8859-1, decimal commas, dd/mm/yyyy.

The layouts are those that pass Culture's public repository documents for TiteLive's folders
`livre3_11` (45 columns; `api/src/pcapi/local_providers/titelive.md`) and `livre3_19` (62 columns,
at first 57; `titelive_things.py`). A line may end with one more `~`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from providers.base import Item
from providers.errors import DataError
from providers.titelive import sheet
from providers.titelive.values import decimal, stamp, written

SEPARATOR: Final = "~"

OLD: Final[Mapping[str, int]] = {
    "gencod": 0, "titre": 2, "csr_code": 4, "dispo": 5, "collection": 6, "prix": 9, "editeur": 10,
    "dateparution": 12, "codesupport": 13, "pages": 15, "auteurs": 23, "datemodification": 25,
    "taux_tva": 26, "csr_label": 27, "traducteur": 28, "commentaire": 31, "image": 33, "scolaire": 39,
}  # fmt: skip
NEW: Final[Mapping[str, int]] = {
    "gencod": 0, "titre": 1, "csr_code": 2, "dispo": 3, "collection": 4, "prix": 6, "editeur": 7,
    "dateparution": 9, "codesupport": 10, "pages": 12, "auteurs": 17, "datemodification": 19,
    "taux_tva": 20, "traducteur": 21, "commentaire": 23, "image": 25, "scolaire": 27, "id_lectorat": 45,
    "livre_lu": 49, "lu_par": 56,
}  # fmt: skip
WITH_GTL: Final[Mapping[str, int]] = {**NEW, "gtl_code": 57, "code_clil": 58}

LAYOUTS: Final[Mapping[int, Mapping[str, int]]] = {45: OLD, 57: NEW, 62: WITH_GTL}
"""Number of columns → name of a field → its column."""

NOT_TIT: Final = "not_tit"
COLUMNS: Final = "tit_columns"
OTHER_COLUMNS: Final = "Les fichiers de TiteLive ont changé de forme : notre équipe doit s’y adapter."

LONGEST_LINE: Final = 64 * 1024
SNIFFED: Final = 200
"""Lines of which one must have columns that we know: else no item is at fault but the file."""

_SUPPORT: Final = re.compile(r"[A-Za-z0-9]{0,2}")
_BEGINNING: Final = re.compile(r"[0-9]{1,14}(?:~|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """`ended`: by a line's end; `is_long`: only the beginning of it is held."""

    text: str
    ended: bool = True
    is_long: bool = False

    @property
    def fields(self) -> Sequence[str]:
        return self.text.split(SEPARATOR)

    @property
    def is_cut(self) -> bool:
        """Whether the file ends in the middle of it."""
        return not self.ended and layout_of(self) is None


def lines(path: Path) -> Iterator[Line]:
    """Give the lines of a file, blank ones too; memory stays flat whatever their length."""
    with path.open("rb") as file:
        while raw := file.readline(LONGEST_LINE):
            ended, is_long = raw.endswith(b"\n"), False
            while not ended and (rest := file.readline(LONGEST_LINE)):
                ended, is_long = rest.endswith(b"\n"), True
            yield Line(_decoded(raw).rstrip("\r\n"), ended, is_long)


def expect(path: Path) -> None:
    """Refuse what is not a `.tit` file, or one whose columns are not those that we know.

    Raises
    ------
    DataError
        `not_tit` or `tit_columns`.
    """
    told = [line for line in islice(lines(path), SNIFFED) if line.text.strip()]
    if not told or any(layout_of(line) is not None for line in told):
        return
    head = told[0].text.encode()[:2048]
    if not any(_BEGINNING.match(line.text) for line in told):
        sentence = "Ce que nous avons reçu n’est pas un fichier « .tit » de TiteLive. Vérifiez l’adresse."
        raise DataError(NOT_TIT, sentence, "no line of a .tit file", head)
    if len(told) == 1 and told[0].is_cut:
        return
    known = ", ".join(map(str, LAYOUTS))
    detail = f"{len(told[0].fields)} columns, known: {known}"
    raise DataError(COLUMNS, OTHER_COLUMNS, detail, head)


def item_of(line: Line) -> Item:
    """Give the item of a line; one whose columns are not those that we know keeps its EAN as ref."""
    fields, columns = line.fields, layout_of(line)
    if columns is None:
        return sheet.misshapen(fields[0].strip()[:40], len(fields), line.text)
    said = {name: fields[at] for name, at in columns.items()}
    article: dict[str, Any] = {name: said.get(name) for name in sheet.ARTICLE}
    if written(said["csr_code"]):
        article["csr"] = [said["csr_code"], said.get("csr_label", "")]
    if written(said.get("gtl_code")):
        article["gtl"] = {"first": {"1": {"code": said["gtl_code"], "libelle": ""}}}
    return sheet.item(said, article, order=stamp(said["datemodification"]))


def layout_of(line: Line) -> Mapping[str, int] | None:
    """Give the layout of a line; None when it has other columns, or when a `~` in a text has shifted them."""
    fields = line.fields
    columns = LAYOUTS.get(len(fields))
    if columns is None and not fields[-1].strip():
        columns = LAYOUTS.get(len(fields) - 1)
    if columns is None or line.is_long:
        return None
    rate, price = fields[columns["taux_tva"]], fields[columns["prix"]]
    numbers = all(decimal(each) is not None for each in (rate, price) if each.strip())
    return columns if numbers and _SUPPORT.fullmatch(fields[columns["codesupport"]].strip()) else None


def _decoded(raw: bytes) -> str:
    """Decode a line: UTF-8 where it is that, else Windows-1252, as what calls itself ISO-8859-1 often is."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
