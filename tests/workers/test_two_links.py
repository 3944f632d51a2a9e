"""Two links of one venue that list the same events: who holds the offer, and who takes over."""

from tests.workers.scripted import event
from workers.preview import preview


def test_an_offer_withdrawn_by_its_link_comes_back_with_another_that_lists_it(scene):
    second = scene.new_link(identifier="2", capacity=50)
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.partner.lists(event("a"))
    scene.run()
    assert not scene.row("offer", ref="b")["active"]
    scene.partner.lists(event("b"))
    scene.run(second)
    offer = scene.row("offer", ref="b")
    assert (offer["active"], offer["link_id"]) == (True, second)


def test_a_paused_heir_takes_over_once_resumed(scene):
    second = scene.new_link(identifier="2", capacity=50)
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.run(second)
    scene.db.execute("UPDATE link SET state = 'paused' WHERE id = %s", [second])
    scene.partner.lists(event("a"))
    scene.run()
    assert not scene.row("offer", ref="b")["active"]
    scene.db.execute("UPDATE link SET state = 'active' WHERE id = %s", [second])
    scene.partner.lists(event("a"), event("b"))
    scene.run(second)
    offer = scene.row("offer", ref="b")
    assert (offer["active"], offer["link_id"]) == (True, second)


def test_a_preview_knows_who_takes_over(scene):
    second = scene.new_link(identifier="2", capacity=50)
    scene.partner.lists(event("a"), event("b"))
    scene.run()
    scene.run(second)
    scene.partner.lists(event("a"))
    told = preview(scene.link, scene.site)
    run = scene.run()
    assert told.counts.dump() | {"seconds": 0} == run["counters"] | {"seconds": 0}
    assert told.losses == []
