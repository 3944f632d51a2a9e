"""What was put down for a link, instead of an address: an uploaded file, or an operator's SFTP folder.

Nothing that a venue types is a path: an upload is looked up among the venue's own files, and a
folder is named by the venue's number under one that the operator set.
"""

import os
from pathlib import Path

from models.database import Connection
from models.uploaded import digest_in
from workers.queries import SQL

UPLOADS = "uploads"


def deposits_of(
    connection: Connection, root: Path | None, venue_id: int | None, identifier: str, spool: Path
) -> Path | None:
    """Give the folder in which an adapter may look for a link's deposited documents; None: there is none.

    An uploaded file is laid out in the visit's spool, and goes with it. `root` is the operator's
    folder of the venues' folders.
    """
    if venue_id is None:
        return None
    if digest := digest_in(identifier):
        folder = spool / "deposits"
        _lay_out(connection, venue_id, digest, folder / UPLOADS / digest)
        return folder
    folder = root / str(venue_id) if root is not None else spool / "nowhere"
    return folder if folder.is_dir() else None


def _lay_out(connection: Connection, venue_id: int, digest: str, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    row = connection.execute(SQL["uploaded_file"], {"venue": venue_id, "sha256": digest}).fetchone()
    if row is not None:
        path = place / row["name"]
        path.write_bytes(row["content"])
        at = row["uploaded_at"].timestamp()  # what it says was so when it was put down
        os.utime(path, (at, at))
