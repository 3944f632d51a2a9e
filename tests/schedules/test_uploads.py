"""Uploaded files that nobody reads any more go after a week; the one that a source reads stays."""

from schedules.tick import purge


def test_a_file_that_no_source_reads_goes_after_a_week(db):
    offerer = db.execute(
        "INSERT INTO offerer (siren, name) VALUES ('732829320', 'Les Tréteaux') RETURNING id"
    ).fetchone()["id"]
    venue = db.execute(
        "INSERT INTO venue (offerer_id, name) VALUES (%s, 'Librairie') RETURNING id", [offerer]
    ).fetchone()["id"]
    read, old, new = ("a" * 64, "b" * 64, "c" * 64)
    for sha256, days in ((read, 8), (old, 8), (new, 6)):
        db.execute(
            """INSERT INTO uploaded_file (venue_id, sha256, name, content, size, uploaded_by, uploaded_at)
               VALUES (%s, %s, 'stock.csv', 'EAN', 3, 'portal:camille', now() - %s * interval '1 day')""",
            [venue, sha256, days],
        )
    db.execute(
        """INSERT INTO link (venue_id, provider, identifier, "interval")
           VALUES (%s, 'csv-stock', %s, '1 hour')""",
        [venue, f"upload:{read}"],
    )
    purge(db)
    left = db.execute("SELECT sha256 FROM uploaded_file ORDER BY sha256").fetchall()
    assert [row["sha256"] for row in left] == [read, new]
