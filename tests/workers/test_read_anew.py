"""Items that say what they said before, and must be read anew all the same."""

from providers.errors import TransientError
from tests.workers.scripted import event


def test_details_complete_what_a_run_that_failed_had_written_without_them(scene):
    scene.partner.lists(event("a"), event("b"), event("c"))
    scene.partner.fails_before_page = (1, TransientError("away", "Le partenaire ne répond pas."))
    assert scene.run()["status"] == "failed"
    assert scene.row("offer", ref="a")["description"] == ""
    scene.partner.fails_before_page = None
    scene.partner.details = {"a": {"description": "Une longue présentation"}}
    run = scene.run()
    assert (run["status"], scene.counts(run, "read")) == ("succeeded", [3])
    assert scene.row("offer", ref="a")["description"] == "Une longue présentation"


def test_details_complete_what_the_same_run_had_written_before_its_marks_were_lost(scene):
    scene.partner.lists(event("a"), event("b"), event("c"))

    def crash_once(page):
        if page == 1 and not scene.partner.details:
            scene.db.execute("TRUNCATE seen_mark")
            scene.partner.details = {"a": {"description": "Une longue présentation"}}

    scene.partner.on_page = crash_once
    run = scene.run()
    assert (run["status"], run["traversals"]) == ("succeeded", 2)
    assert scene.counts(run, "read", "new") == [3, 3]
    assert scene.row("offer", ref="a")["description"] == "Une longue présentation"


def test_an_item_whose_partner_takes_a_bad_change_back_leaves_quarantine(scene):
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.partner.events["b"] = "illisible"
    assert scene.run()["status"] == "partial"
    scene.partner.lists(event("a"), event("b"))
    run = scene.run()
    assert (run["status"], scene.counts(run, "read", "withdrawn")) == ("succeeded", [2, 0])
    assert scene.rows("quarantine") == []
