"""What a run leaves behind in its link: when it is due, validators, quarantine."""

from providers.errors import ConfigurationError, TransientError
from tests.workers.scripted import event


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
