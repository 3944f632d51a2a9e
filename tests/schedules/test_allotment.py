"""Whose turn it is: partners' grants are never exceeded, the urgent go first, then the oldest."""

from itertools import pairwise

from schedules.allotment import AT_ONCE, Due, Till, allot

NOW = 1_800_000_000.0
RATE = 0.1
"""A request in ten seconds."""


def due(link: int, *, key: str = "a", late: float = 0.0, urgent: bool = False, cost: float = 1.0) -> Due:
    return Due(link, key, cost, urgent, NOW - late, 3600.0)


def gone(links, tills, now=NOW):
    return [each.link for each in allot(links, tills, now).go]


def test_what_was_not_used_lets_a_few_go_at_once_and_the_others_at_the_partners_pace():
    allotted = allot([due(link) for link in range(20)], {"a": Till(RATE)}, NOW)
    assert len(allotted.go) == AT_ONCE * RATE + 1
    turns = [turn for _, turn in allotted.later]
    assert turns[0] > NOW
    assert all(after - before >= 9.99 for before, after in pairwise(turns))


def test_the_urgent_go_first_then_the_oldest():
    tight = {"a": Till(RATE, spent_until=NOW - 25)}
    links = [due(1, late=50), due(2, late=500), due(3, urgent=True), due(4, late=5000), due(5, late=10)]
    assert gone(links, tight) == [3, 4, 2]


def test_one_partners_queue_delays_nobody_else():
    tills = {"a": Till(RATE, spent_until=NOW + 3600), "b": Till(RATE)}
    links = [due(link, late=9999) for link in range(50)] + [due(99, key="b")]
    assert gone(links, tills) == [99]


def test_a_closed_host_is_asked_when_it_opens_one_after_the_other():
    allotted = allot([due(1), due(2)], {"a": Till(RATE, closed_until=NOW + 600)}, NOW)
    assert allotted.go == []
    assert [turn - NOW for _, turn in allotted.later] == [600, 610]


def test_a_visit_of_many_requests_takes_their_time():
    tills = allot([due(1, cost=30)], {"a": Till(RATE, spent_until=NOW)}, NOW).tills
    assert tills["a"].spent_until == NOW + 300


def test_a_link_that_never_asked_anybody_goes():
    assert gone([due(1, key="")], {}) == [1]


def test_after_an_outage_the_catch_up_keeps_the_pace_and_everybody_comes():
    """Six hours of everything due at one partner: never more than granted in any ten minutes."""
    waiting = {link: due(link, late=link * 21.6, urgent=link % 50 == 7) for link in range(1000)}
    turn = dict.fromkeys(waiting, NOW)
    tills, now, went = {"a": Till(RATE)}, NOW, list[tuple[float, int]]()
    while waiting:
        allotted = allot([waiting[link] for link in waiting if turn[link] <= now], tills, now)
        tills = allotted.tills
        turn |= {each.link: at for each, at in allotted.later}
        went += [(now, each.link) for each in allotted.go]
        for each in allotted.go:
            del waiting[each.link]
        now += 10
    assert 1000 / RATE - AT_ONCE <= now - NOW <= 1000 / RATE * 1.05
    for start in range(0, 9000, 300):
        assert len([at for at, _ in went if start <= at - NOW < start + 600]) <= RATE * (600 + AT_ONCE) + 1
    urgent = [place for place, (_, link) in enumerate(went) if link % 50 == 7]
    assert max(urgent) < 30
    others = [link for _, link in went if link % 50 != 7]
    assert others[0] == 999
    assert others == sorted(others, reverse=True)
    assert tills["a"].price < 10
