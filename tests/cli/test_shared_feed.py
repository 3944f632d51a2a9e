"""Three places of one town agenda: the agenda is downloaded once for the scheduled runs of all of them."""

from cli.site import site
from tests.cli.conftest import NUMBER
from workers.sync import synchronise

SIRENS = ("732829320", "552100554", "542065479")


def test_one_download_serves_all_the_places_of_an_agenda(passerelle):
    places = [
        passerelle("venue", "add", "--siren", siren, "--name", "Théâtre de l’Écluse")["id"]
        for siren in SIRENS
    ]
    links = [
        passerelle("link", place, "openagenda", NUMBER, "--set", "capacity=40")["id"] for place in places
    ]
    asked = []
    with site() as here:
        for link in links:
            run = passerelle.db.execute(
                """INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'agendas', 'schedule')
                   ON CONFLICT (link_id) WHERE status IN ('queued', 'running')
                   DO UPDATE SET trigger = 'schedule' RETURNING id""",
                [link],
            ).fetchone()["id"]
            synchronise(run, here)
            row = passerelle.db.execute("SELECT * FROM sync_run WHERE id = %s", [run]).fetchone()
            assert row["status"] == "succeeded", row["message"]
            asked.append(row["counters"]["requests"])
    assert asked[0] >= 2  # the calendar, and its details
    assert asked[1:] == [0, 0]
    offers = passerelle.db.execute("SELECT count(*) AS n FROM offer GROUP BY venue_id").fetchall()
    assert len(offers) == 3
    assert len({each["n"] for each in offers}) == 1
    assert passerelle.import_(links[1])["requests"] >= 2  # a person wants to know how things are now
    keys = passerelle.db.execute("SELECT DISTINCT budget_key FROM link WHERE budget_key <> ''").fetchall()
    assert len(keys) == 1
