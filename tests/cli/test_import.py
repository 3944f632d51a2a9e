"""An import's document, its exit codes, and what a preview says of it beforehand."""

from models.database import downgrade
from runtime.settings import settings
from tests.cli.conftest import many_events

KEYS = ["run", "link", "status", "counts", "offers", "stocks", "requests", "bytes", "seconds", "error"]
ITEMS = ["read", "new", "changed", "unchanged", "withdrawn", "quarantined", "held", "filtered"]


def test_the_document_of_an_import(passerelle):
    link = passerelle.link()
    done = passerelle.import_(link)
    assert list(done)[: len(KEYS)] == KEYS
    assert list(done["counts"]) == ITEMS
    assert (done["run"], done["link"], done["status"], done["error"]) == (1, link, "succeeded", None)
    assert done["counts"] == {
        **dict.fromkeys(ITEMS, 0),
        "read": 9,
        "new": 9,
        "held": 2,
        "filtered": 1,
    }
    assert done["offers"] == {"created": 8, "updated": 0, "withdrawn": 0}
    assert done["stocks"] == {"created": 14, "updated": 0, "withdrawn": 0}
    assert done["requests"] == 2
    assert done["bytes"] > 10_000
    assert done["seconds"] > 0
    assert done["filtered_by"] == {"other_place": 1}


def test_importing_again_changes_nothing(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    again = passerelle.import_(link)
    assert (again["counts"]["unchanged"], again["offers"]["updated"], again["stocks"]["updated"]) == (9, 0, 0)
    assert again["requests"] == 2


def test_a_full_import_is_told_apart_in_the_ledger(passerelle):
    link = passerelle.link()
    passerelle.import_(link, "--full")
    assert passerelle("runs")[0]["mode"] == "full"
    assert passerelle("runs")[0]["requested_by"].startswith("cli:")


def test_a_run_that_fails_is_exit_code_1_with_its_french_sentence(passerelle):
    link = passerelle("link", passerelle.venue(), "openagenda", "12", "--no-check")["id"]
    done = passerelle.import_(link, code=1)
    assert done["status"] == "failed"
    assert done["error"]["code"] == "agenda_not_found"
    assert "Aucun agenda n" in done["error"]["message"]
    assert passerelle("links")[0]["state"] == "to_check"


def test_what_a_review_holds_back_is_exit_code_3_until_it_is_confirmed(passerelle):
    passerelle.agenda.events = many_events(12)
    link = passerelle.link()
    passerelle.import_(link)
    passerelle.agenda.events = many_events(3)
    held_back = passerelle.import_(link, code=3)
    assert (held_back["status"], held_back["counts"]["withdrawn"]) == ("review", 0)
    assert "9 offres sur 12" in held_back["message"].replace("\u00a0", " ")
    confirmed = passerelle.import_(link, "--yes")
    assert confirmed["counts"]["withdrawn"] == confirmed["offers"]["withdrawn"] == 9
    assert passerelle.import_(link)["status"] == "succeeded"


def test_a_preview_is_shaped_like_the_import_that_follows(passerelle):
    link = passerelle.link()
    foretold = passerelle("preview", link)
    assert list(foretold)[: len(KEYS)] == KEYS
    assert foretold["run"] is None
    assert len(foretold["changes"]) == 8
    assert foretold["losses"] == []
    assert passerelle.db.execute("SELECT count(*) FROM offer").fetchone()["count"] == 0
    done = passerelle.import_(link)
    for word in ("status", "counts", "offers", "stocks", "requests", "filtered_by"):
        assert foretold[word] == done[word], word


def test_a_preview_of_what_would_be_held_back_is_exit_code_3(passerelle):
    passerelle.agenda.events = many_events(12)
    link = passerelle.link()
    passerelle.import_(link)
    passerelle.agenda.events = many_events(3)
    foretold = passerelle("preview", link, code=3)
    assert (foretold["status"], len(foretold["losses"])) == ("review", 9)
    assert "Rien n’a été retiré" in foretold["message"]
    assert "n’est plus listée" in passerelle.says("preview", link, code=3)


def test_a_preview_of_what_would_fail_is_exit_code_1(passerelle):
    link = passerelle("link", passerelle.venue(), "openagenda", "12", "--no-check")["id"]
    foretold = passerelle("preview", link, code=1)
    assert foretold["status"] == "failed"
    assert foretold["error"]["code"] == "agenda_not_found"


def test_an_unknown_link_is_exit_code_2(passerelle):
    for command in ("import", "preview"):
        assert passerelle(command, 99, code=2)["error"]["code"] == "unknown_link"


def test_a_person_reads_french(passerelle):
    link = passerelle.link()
    said = passerelle.says("import", link, "--inline")
    assert "Importation n° 1 : terminée." in said
    assert "9 éléments : 9 nouveaux" in said
    assert "2 offres à compléter" in said
    assert "1 évènement de côté" in said


def test_an_operators_database_is_migrated_by_migrate_only(passerelle, monkeypatch):
    downgrade(settings().database_url, "0005")
    error = passerelle("links", code=2)["error"]
    assert error["code"] == "schema_behind"
    assert "passerelle migrate" in error["message"]
    assert passerelle("migrate") == {"migrated": True}
    assert passerelle("migrate") == {"migrated": False}


def test_a_database_that_does_not_answer_is_exit_code_2(passerelle, monkeypatch):
    monkeypatch.setenv("PASSERELLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.cache_clear()
    error = passerelle("links", code=2)["error"]
    assert error["code"] == "database_away"


def test_asked_to_read_everything_while_a_usual_run_waits_both_are_done(passerelle):
    link = passerelle.link()
    passerelle.db.execute(
        "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'agendas', 'schedule')", [link]
    )
    assert passerelle.import_(link, "--full")["requests"] == 2
    assert [(run["mode"], run["status"]) for run in passerelle("runs")] == [
        ("full", "succeeded"),
        ("usual", "succeeded"),
    ]


def test_an_import_joins_the_run_that_waits(passerelle):
    link = passerelle.link()
    passerelle.db.execute(
        "INSERT INTO sync_run (link_id, queue, trigger) VALUES (%s, 'agendas', 'schedule')", [link]
    )
    assert passerelle.import_(link)["run"] == 1
    (run,) = passerelle("runs")
    assert (run["queue"], run["trigger"]) == ("manual", "person")
