from tests.workers.scripted import *


def test_first(scene):
    scene.partner.lists(event("a"), event("b", date(at(2)), date(at(3))), event("c"))
    run = scene.run()
    assert (run["status"], run["detail"]) == ("succeeded", "")
    print(run["counters"])
    assert scene.counts(run, "read", "new") == [3, 3]
    assert len(scene.rows("published_stock")) == 4
    run = scene.run()
    print(run)
    assert scene.counts(run, "read", "new", "unchanged") == [3, 0, 3]
