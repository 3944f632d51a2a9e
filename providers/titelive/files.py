"""Reads TiteLive's `.tit` files: one a day in a folder, or a single one at an address of its own.

A daily file stays 26 days under the name of its day of the month (`Quotidien23.tit`). It is spooled
to disk and read line by line; its cursor is its digest and the lines read of it.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from models.vocabulary import Shortfall
from providers.base import Item, Limits, Page, Visit
from providers.errors import ConfigurationError, DataError, PartnerError, TransientError
from providers.http import Download
from providers.titelive import tit
from providers.titelive.days import Place, start_of_next, today
from providers.titelive.identifier import Source
from providers.titelive.settings import TiteliveSettings

KEPT_DAYS: Final = 25
"""How many days ago the oldest file was left that is still there; today's is the 26th."""

TELLING_DAYS: Final = 7
"""Days without any file after which the address is wrong; on some days TiteLive leaves none."""

CUT: Final = "Un fichier de TiteLive s’interrompt avant la fin. Nous réessaierons."


def pages(visit: Visit[TiteliveSettings], source: Source, limits: Limits) -> Iterator[Page]:
    """Give the pages of the files that are due; the last one says that it is."""
    return (_series if source.is_series else _single)(visit, source, limits)


def _series(visit: Visit[TiteliveSettings], source: Source, limits: Limits) -> Iterator[Page]:
    """Give the files of the days from the visit's place until today; a day may have none.

    A file that is cut, or is none, keeps no other from being read: its error ends the run at the end.
    """
    place, last = Place.of(visit, most=KEPT_DAYS), today(visit)
    gone = _wanted_from(visit) < last - timedelta(days=KEPT_DAYS)
    shortfall = Shortfall.DAYS_NO_LONGER_THERE if gone else None
    met, missing = False, 0
    while True:
        asked = visit.clock()
        download = found(visit, source, place.day)
        if download is None:
            missing += 1
        else:
            met = True
            try:
                yield from _file(download, place, limits)
            except (DataError, TransientError) as error:
                place = place.at(bad=place.bad or error.code)
        if place.day >= last:
            break
        place = place.next_day()
        yield Page((), place.cursor, asked, unidentified=True, shortfall=shortfall)
    if missing >= TELLING_DAYS and not met:
        raise no_files(source)
    if place.bad:
        raise _bad_file(place.bad)
    yield Page((), start_of_next(last).cursor, asked, last=True, unidentified=True, shortfall=shortfall)


def _bad_file(code: str) -> PartnerError:
    """Give the error of a run that met a file that cannot be read, by the code of that one's error."""
    if code == tit.NOT_TIT:
        return DataError(code, "L’un des fichiers n’est pas un fichier « .tit » de TiteLive.")
    if code == tit.COLUMNS:
        return DataError(code, tit.OTHER_COLUMNS)
    return TransientError(code, CUT)


def _wanted_from(visit: Visit[TiteliveSettings]) -> date:
    """Give the day that a visit should begin at, whether or not its file is still there."""
    place = Place.of(visit)
    return place.day if visit.cursor or visit.settings.since else today(visit)


def _single(visit: Visit[TiteliveSettings], source: Source, limits: Limits) -> Iterator[Page]:
    """Give the file; nothing of it when it is the one that was read to its end last time."""
    place, asked = Place.of(visit), visit.clock()
    download = _spooled(visit, source.address, source, conditional=True)
    if download is None:
        yield Page((), place.cursor, asked, last=True, unmodified=True, unidentified=True)
        return
    refuse_nothing(download)
    if not (place.over and place.sha256 == download.sha256):
        yield from _file(download, Place(place.day) if place.over else place, limits)
    over = Place(today(visit), sha256=download.sha256, over=True)
    yield Page((), over.cursor, download.requested_at, last=True, unidentified=True)


def refuse_nothing(download: Download) -> None:
    """Refuse an empty file where there is but one; of a series, a day may have none.

    Raises
    ------
    TransientError
        `cut_body`.
    """
    if not download.size:
        raise TransientError("cut_body", "TiteLive a envoyé un fichier vide. Nous réessaierons.", "no bytes")


def found(visit: Visit[TiteliveSettings], source: Source, day: date) -> Download | None:
    """Spool the file of a day; None when there is none."""
    try:
        return _spooled(visit, source.file_of(day), source)
    except ConfigurationError as error:
        if error.code != "file_not_found":
            raise
    return None


def no_files(source: Source) -> ConfigurationError:
    """Give the error of an address where there is nothing to read."""
    if not source.is_series:
        return ConfigurationError("no_files", f"« {source.host} » n’a pas ce fichier. Vérifiez l’adresse.")
    sentence = (
        f"« {source.host} » n’a aucun des fichiers de ces derniers jours, comme "
        f"« {source.file_of(date(2026, 1, 23)).rpartition('/')[2]} ». Vérifiez l’adresse du dossier."
    )
    return ConfigurationError("no_files", sentence, f"no file in {TELLING_DAYS} days")


def _spooled(
    visit: Visit[TiteliveSettings], url: str, source: Source, *, conditional: bool = False
) -> Download | None:
    """Spool a file; the folder's user and password go with the request, if it has any."""
    password, headers = visit.settings.password, {}
    if password is not None:
        pair = f"{visit.settings.user}:{password.get_secret_value()}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    to = visit.spool / "titelive.tit"
    try:
        return visit.http.download(url, to, headers=headers, conditional=conditional)
    except ConfigurationError as error:
        raise _explained(error, source) from error


def _explained(error: ConfigurationError, source: Source) -> ConfigurationError:
    """Say a refusal in the words of the form."""
    if error.code == "refused":
        code = "credentials_refused"
        sentence = (
            f"Identifiants refusés par TiteLive (« {source.host} »). Vérifiez l’utilisateur et le mot de "
            "passe du dossier de fichiers."
        )
    elif error.code == "not_found":
        code = "file_not_found"
        sentence = f"« {source.host} » n’a pas ce fichier. Vérifiez l’adresse."
    else:
        return error
    explained = ConfigurationError(code, sentence, str(error))
    explained.status = error.status
    return explained


def _file(download: Download, place: Place, limits: Limits) -> Iterator[Page]:
    """Give a file's pages from the line after the place, if it still is the same file.

    Raises
    ------
    TransientError
        The file is cut; its whole lines were given before.
    """
    restarted = bool(place.sha256) and place.sha256 != download.sha256
    first = 0 if restarted else place.done
    tit.expect(download.path)
    items: list[Item] = []
    done, is_cut = first, False

    def page() -> Page:
        at = place.at(done=done, sha256=download.sha256)
        return Page(tuple(items), at.cursor, download.requested_at, restarted=restarted, unidentified=True)

    for number, line in enumerate(tit.lines(download.path), 1):
        if number <= first or not line.text.strip():
            continue
        is_cut = line.is_cut
        if is_cut:
            break
        items.append(tit.item_of(line))
        done = number
        if len(items) >= limits.page_items:
            yield page()
            items.clear()
            restarted = False
    if items or restarted:
        yield page()
    if is_cut:
        raise TransientError("cut_body", CUT, f"{download.path.name}: cut after line {done}")
