"""What a run leaves behind in its link: when it is due, validators, quarantine."""

from concurrent.futures import ThreadPoolExecutor

from models.database import connect, session
from models.link import Link, resume, unlink
from providers.errors import ConfigurationError, TransientError
from tests.workers.scripted import Scripted, event
from workers.preview import preview


def test_a_link_to_check_that_answers_again_is_due_again(scene):
    scene.partner.lists(event("a"))
    scene.partner.fails_before_page = (0, ConfigurationError("not_found", "Introuvable."))
    scene.run()
    assert scene.row("link")["state"] == "to_check"
    scene.partner.fails_before_page = None
    scene.run()
    link = scene.row("link")
    assert link["state"] == "active"
    assert link["next_run_at"] is not None


def test_what_was_edited_during_a_run_is_due_after_it(scene):
    scene.partner.lists(event("a"), event("b"), event("c"))
    scene.partner.on_page = lambda page: (
        page
        and scene.db.execute(
            "UPDATE link SET settings = '{\"capacity\": 3}', settings_edited_at = clock_timestamp(), next_run_at = now()"
        )
    )
    scene.run()
    assert scene.db.execute("SELECT next_run_at <= now() AS due FROM link").fetchone()["due"]


def test_a_run_that_wrote_and_failed_forgets_validators(scene):
    scene.partner.lists(*[event(f"e{n}") for n in range(4)])
    scene.run()
    scene.db.execute("""UPDATE link SET validators = '{"u": {"etag": "1"}}'""")
    scene.partner.fails_before_page = (1, TransientError("cut", "Coupé."))
    scene.run()
    assert scene.row("link")["validators"] == {}


def test_an_item_that_left_the_source_leaves_quarantine(scene):
    scene.partner.lists(event("a"))
    scene.partner.events["b"] = "illisible"
    scene.run()
    assert scene.rows("quarantine")
    scene.partner.lists(event("a"))
    run = scene.run()
    assert run["status"] == "succeeded"
    assert scene.rows("quarantine") == []


def test_the_notice_of_a_link_to_check_closes_also_when_a_person_resumed_it(scene, database_url):
    scene.partner.lists(event("a"))
    scene.partner.fails_before_page = (0, ConfigurationError("not_found", "Introuvable."))
    scene.run()
    with session(database_url) as db:
        resume(db, db.get_one(Link, scene.link), actor="camille")
        db.commit()
    scene.partner.fails_before_page = None
    scene.run()
    assert scene.row("notice", kind="link_to_check")["resolution"] == "answers_again"


def test_an_address_that_turns_out_to_be_linked_already_is_said(scene, monkeypatch):
    monkeypatch.setattr(Scripted, "resolve", lambda self, visit: "1")
    address = scene.new_link(identifier="https://partner.example/page")
    scene.partner.lists(event("a"))

    run = scene.run(address)

    assert (run["status"], run["error_code"]) == ("failed", "already_linked")
    assert scene.row("link", id=address)["state"] == "to_check"


def test_a_preview_does_not_keep_what_an_address_means(scene, monkeypatch):
    monkeypatch.setattr(Scripted, "resolve", lambda self, visit: "2")
    address = scene.new_link(identifier="https://partner.example/page")
    preview(address, scene.site)
    assert scene.row("link", id=address)["identifier"] == "https://partner.example/page"
    scene.run(address)
    assert scene.row("link", id=address)["identifier"] == "2"


def test_unlinking_waits_for_a_page_that_is_being_written(scene, database_url):
    scene.partner.lists(event("a"))
    scene.run()
    run = scene.ask()

    def disconnect():
        with session(database_url) as db:
            unlink(db, db.get_one(Link, scene.link), keep_offers=False, actor="camille")
            db.commit()

    with connect(database_url) as page, ThreadPoolExecutor(1) as executor:
        with page.transaction():
            page.execute("SET LOCAL lock_timeout = '20s'")
            page.execute("SELECT id FROM offer FOR NO KEY UPDATE")
            unlinking = executor.submit(disconnect)
            waiting = "SELECT FROM pg_locks WHERE NOT granted"
            while not scene.db.execute(waiting).fetchall():
                scene.db.execute("SELECT pg_sleep(0.01)")
            page.execute("UPDATE sync_run SET pages = pages + 1 WHERE id = %s", [run])
        unlinking.result()

    assert scene.row("link")["state"] == "unlinked"
    assert scene.row("sync_run", id=run)["error_code"] == "unlinked"
