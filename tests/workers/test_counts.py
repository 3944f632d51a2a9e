"""What a run counts when it meets an item more than once."""

import pytest

from tests.workers.scripted import at, date, event
from workers.preview import preview


@pytest.mark.parametrize(
    ("title", "description"), [("Autre", "Autre"), ("Évènement a", "Long"), ("Évènement a", "Autre")]
)
def test_an_event_changed_in_its_calendar_and_in_its_detail_is_one_change(scene, title, description):
    scene.partner.page_items = 1
    scene.partner.details = {"a": {"description": "Long"}}
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.partner.details = {"a": {"description": description, "title_says": "cancelled"}}
    scene.partner.lists(event("a", date(at(1)), date(at(4)), title=title), event("b"))

    told = preview(scene.link, scene.site)
    run = scene.run()

    assert scene.counts(run, "read", "new", "changed", "unchanged", "held") == [2, 0, 1, 1, 1]
    assert run["counters"]["offers"]["updated"] == 1
    assert run["counters"]["stocks"]["created"] == 1
    assert told.counts.dump() | {"seconds": 0} == run["counters"] | {"seconds": 0}
    assert [change["ref"] for change in told.changes] == ["a"]


def test_a_traversal_that_starts_again_counts_what_it_wrote_once(scene):
    scene.partner.page_items = 1
    scene.partner.lists(event("a"), event("b"), event("c"))
    crashes = []

    def crash_once(page):
        if page == 2 and not crashes:
            crashes.append(scene.db.execute("TRUNCATE seen_mark"))

    scene.partner.on_page = crash_once
    run = scene.run()

    assert run["traversals"] == 2
    assert scene.counts(run, "read", "new", "unchanged") == [3, 3, 0]
    assert run["counters"]["offers"]["created"] == run["counters"]["stocks"]["created"] == 3


@pytest.mark.parametrize("left", [(), (date(at(4)),)])
def test_a_preview_tells_dates_that_the_detail_cancels_and_the_calendar_drops(scene, left):
    scene.partner.page_items = 1
    scene.partner.details = {"a": {"description": "Long"}}
    scene.partner.lists(event("a", date(at(1)), date(at(4))), event("b"))
    scene.run()
    scene.partner.details = {"a": {"stocks": (date(at(1), cancelled=True), date(at(4), cancelled=True))}}
    scene.partner.lists(*[event("a", *left, title="Autre")] * bool(left), event("b"))

    told = preview(scene.link, scene.site)
    run = scene.run()

    assert told.counts.dump() | {"seconds": 0} == run["counters"] | {"seconds": 0}
