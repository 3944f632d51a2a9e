"""Files that a manager uploads: the one just sent, the one in use, and the sentence when there is none."""

from dataclasses import dataclass
from typing import Any, Final

from models.uploaded import (
    LARGEST,
    StillImportingError,
    UploadedFile,
    digest_in,
    keep_upload,
    link_of_uploads,
    replace_file,
    uploaded,
)
from models.vocabulary import UPLOAD
from providers.base import Provider
from web.form import Form
from web.page.opened import Managed, Opened, Uploading

MEGABYTES: Final = LARGEST // 2**20
TOO_LARGE: Final = f"Ce fichier dépasse {MEGABYTES}\u00a0Mo\u00a0: exportez seulement les colonnes utiles."
EMPTY: Final = "Ce fichier est vide\u00a0: exportez-le de nouveau."
GONE: Final = "Ce fichier n’est plus là\u00a0: déposez-le de nouveau."
BUSY: Final = "Le fichier précédent est en cours d’importation\u00a0: réessayez dans une minute."


class FileError(Exception):
    """The file cannot be taken; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a form says of files: the one that was just sent, and the one that it would replace."""

    taken: bool
    sent: UploadedFile | None = None
    in_use: UploadedFile | None = None
    largest: int = MEGABYTES


def known(opened: Opened, adapter: Provider[Any], pasted: str) -> Known:
    """Give what the form of a partner shows of the venue's files."""
    if not adapter.traits.takes_uploads:
        return Known(taken=False)
    sent = uploaded(opened.db, opened.venue.id, digest_in(pasted)) if digest_in(pasted) else None
    link = link_of_uploads(opened.db, opened.venue.id, adapter.slug)
    in_use = uploaded(opened.db, opened.venue.id, digest_in(link.identifier)) if link else None
    if sent and in_use and sent.sha256 == in_use.sha256:
        in_use = None
    return Known(True, sent, in_use)


def take(uploading: Uploading) -> str:
    """Keep the file that was sent and give the identifier that names it; commits.

    Raises
    ------
    FileError
        It is empty or too large.
    """
    if len(uploading.content) > LARGEST:
        raise FileError(TOO_LARGE)
    if not uploading.content:
        raise FileError(EMPTY)
    digest = keep_upload(
        uploading.db,
        uploading.venue.id,
        name=uploading.file_name,
        content=uploading.content,
        actor=uploading.caller.actor,
    )
    uploading.db.commit()
    return UPLOAD + digest


def expect(managed: Managed, form: Form) -> UploadedFile | None:
    """Give the file that a form names, if it names one.

    Raises
    ------
    FileError
        It is not there any more, or was never this venue's.
    """
    digest = digest_in(form.identifier)
    if not digest:
        return None
    file = uploaded(managed.db, managed.venue.id, digest)
    if file is None:
        raise FileError(GONE)
    return file


def put_in_use(managed: Managed, form: Form) -> None:
    """Have the venue's source of uploaded files, if there is one, read the file that a form names; commits.

    Raises
    ------
    FileError
        The file is gone, or the one before is being read.
    """
    file = expect(managed, form)
    if file is None:
        return
    link = link_of_uploads(managed.db, managed.venue.id, form.adapter.slug)
    if link is not None:
        caller = managed.caller
        try:
            replace_file(managed.db, link, file, actor=caller.actor, role=caller.role)
        except StillImportingError:
            managed.db.rollback()
            raise FileError(BUSY) from None
    managed.db.commit()
