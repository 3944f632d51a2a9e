"""Reads where a stock file is: at an address, in the folder that an operator opened, or uploaded."""

import re
from typing import Final

from models.vocabulary import UPLOAD
from providers.books.address import read_address
from providers.errors import ConfigurationError

HELP: Final = (
    "Collez l’adresse du fichier CSV que votre logiciel met en ligne, par exemple "
    "https://www.exemple.fr/export/stock.csv."
)
FOLDER: Final = "folder:"
_FOLDER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def read(written: str) -> str:
    """Give `https://…`, `folder:name` or `upload:sha256`.

    A folder's name and an upload's digest lead nowhere by themselves: whoever opens the visit says
    in which folder of this link's they are looked for, if in any.

    Raises
    ------
    ConfigurationError
        It is none of them.
    """
    pasted = written.strip()
    for form, shape in ((FOLDER, _FOLDER_NAME), (UPLOAD, _DIGEST)):
        if pasted.lower().startswith(form):
            rest = pasted[len(form) :].strip().lower()
            if not shape.fullmatch(rest):
                raise ConfigurationError("identifier_unreadable", f"Ce dépôt est mal nommé. {HELP}")
            return form + rest
    return read_address(pasted, HELP)
