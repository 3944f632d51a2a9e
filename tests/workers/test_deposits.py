"""What was put down for a link is found for that link's venue, and for nobody else."""

import pytest

from models.database import session
from models.uploaded import keep_upload
from workers.deposits import deposits_of

UPLOADED_BY = "portal:Camille Roux"


@pytest.fixture
def uploaded(scene):
    with session(scene.site.database_url) as db:
        digest = keep_upload(db, scene.venue, name="../stock.csv", content=b"EAN;Stock\n", actor=UPLOADED_BY)
        db.commit()
    return f"upload:{digest}"


def test_an_upload_is_laid_out_under_its_name_and_dated_as_it_was_put_down(scene, uploaded, tmp_path):
    folder = deposits_of(scene.db, None, scene.venue, uploaded, tmp_path)
    (file,) = (folder / "uploads" / uploaded.removeprefix("upload:")).iterdir()
    assert (file.name, file.read_bytes()) == ("stock.csv", b"EAN;Stock\n")
    at = scene.row("uploaded_file")["uploaded_at"].timestamp()
    assert file.stat().st_mtime == pytest.approx(at, abs=0.01)


def test_another_venues_upload_is_not_found(scene, uploaded, tmp_path):
    folder = deposits_of(scene.db, None, scene.venue + 1, uploaded, tmp_path)
    assert list((folder / "uploads" / uploaded.removeprefix("upload:")).iterdir()) == []
    assert deposits_of(scene.db, None, None, uploaded, tmp_path) is None


def test_an_operators_folder_is_opened_for_the_venue_that_it_is_named_by(scene, tmp_path):
    (tmp_path / str(scene.venue)).mkdir()
    find = deposits_of
    assert find(scene.db, tmp_path, scene.venue, "folder:stock", tmp_path / "spool") == tmp_path / str(
        scene.venue
    )
    assert find(scene.db, tmp_path, scene.venue + 1, "folder:stock", tmp_path / "spool") is None
    assert find(scene.db, None, scene.venue, "folder:stock", tmp_path / "spool") is None
