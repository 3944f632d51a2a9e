"""The cadence: what a link's visits, its dates, its price and its hints make of its next interval."""

import random
from datetime import timedelta
from math import exp, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.base import Cadence
from schedules.cadence import Date, Habit, Link, Stakes, full_is_due, heeds, repriced, wait

HOUR = 3600.0
CADENCE = Cadence(timedelta(minutes=15), timedelta(hours=1), timedelta(days=1))
NOW = 1_800_000_000.0
NOTHING, NOBODY = Habit(), Stakes()


def visited(share: float, interval: float, times: int = 200, seed: int = 1) -> Habit:
    """The habit of a link whose visits found a change so often."""
    chance, habit = random.Random(seed), Habit()
    for _ in range(times):
        habit = habit.after(interval, changed=chance.random() < share)
    return habit


def waits(habit: Habit = NOTHING, price: float = 1.0, stakes: Stakes = NOBODY, cost: float = 1.0) -> float:
    return wait(Link(habit, stakes, cost), CADENCE, price, NOW)


def test_a_new_link_is_visited_at_the_usual_interval():
    assert waits() == pytest.approx(HOUR, rel=0.01)


@pytest.mark.parametrize("per_visit", [0.05, 0.3, 1.0, 2.0])
def test_the_rate_is_right_although_a_visit_only_says_changed_or_not(per_visit):
    rates = [visited(1 - exp(-per_visit), HOUR, seed=seed).rate(CADENCE) * HOUR for seed in range(60)]
    assert sum(rates) / len(rates) == pytest.approx(per_visit, rel=0.2, abs=0.03)


def test_always_changed_is_not_taken_for_infinity_nor_never_for_nought():
    assert 2 < visited(1, HOUR).rate(CADENCE) * HOUR < 6
    assert 0 < visited(0, HOUR).rate(CADENCE) * HOUR < 0.05


def test_what_never_changes_is_seldom_visited_and_what_changes_more_often_than_usual():
    assert waits(visited(0, 20 * HOUR)) > 20 * HOUR
    assert waits(visited(0.5, HOUR)) <= HOUR
    assert waits(visited(0.8, HOUR)) < 0.8 * HOUR


def test_a_link_that_began_to_change_is_known_for_it_within_a_few_visits():
    habit = visited(0, 12 * HOUR)
    before = waits(habit)
    for _ in range(4):
        habit = habit.after(12 * HOUR, changed=True)
    assert waits(habit) < before / 3


def test_the_busiest_link_is_not_given_up_while_requests_are_not_scarce():
    busiest = visited(1, 15 * 60)
    assert waits(busiest) <= HOUR
    assert waits(busiest, price=20) > 10 * HOUR


def test_a_session_tonight_with_three_seats_left_goes_before_an_exhibition_in_may():
    habit = visited(0.1, HOUR)
    tonight = Stakes(40, (Date(NOW + 4 * HOUR, 3),))
    may = Stakes(0, (Date(NOW + 150 * 24 * HOUR, 300),))
    assert waits(habit, stakes=tonight) < waits(habit, stakes=may) / 3
    assert tonight.importance(NOW) > 8 * may.importance(NOW)


def test_the_wait_looks_ahead_to_the_date_that_comes():
    habit = visited(0, 20 * HOUR)
    tomorrow = Stakes(0, (Date(NOW + 20 * HOUR, 2),))
    assert waits(habit, stakes=tomorrow) < 20 * HOUR < waits(habit)


def test_dear_and_costly_visits_are_rarer():
    habit = visited(0.1, HOUR)
    assert waits(habit) < waits(habit, price=3) < waits(habit, price=9)
    assert waits(habit, cost=3) == pytest.approx(waits(habit, price=3))


@given(
    st.lists(st.tuples(st.floats(0, 1e7), st.booleans(), st.integers(0, 1000)), max_size=60),
    st.floats(1, 1e12),
    st.floats(1, 1e5),
    st.integers(0, 10**6),
    st.lists(st.tuples(st.floats(-1e6, 1e9), st.none() | st.integers(-5, 10**6)), max_size=4),
)
def test_whatever_was_seen_the_wait_is_between_the_shortest_and_the_longest(
    visits, price, cost, booked, dates
):
    habit = Habit()
    for seconds, changed, hints in visits:
        habit = habit.after(seconds, changed=changed, hints=hints)
    stakes = Stakes(booked, tuple(Date(NOW + offset, left) for offset, left in dates))
    assert 15 * 60 <= wait(Link(habit, stakes, cost), CADENCE, price, NOW) <= 24 * HOUR
    assert heeds(habit, stakes.importance(NOW), cost, CADENCE, price) in {True, False}


def test_hints_are_heeded_but_of_what_changes_all_the_time_where_requests_are_scarce():
    seldom, always = Habit(0, 0, 100 * HOUR, hints=20), Habit(0, 0, 100 * HOUR, hints=20_000)
    assert heeds(always, 1, 1, CADENCE, 1.0)
    assert heeds(seldom, 1, 1, CADENCE, 4.0)
    assert not heeds(always, 1, 1, CADENCE, 4.0)


def test_hints_leave_to_visits_what_they_miss():
    # the same changes: half the visits find one, or hints have brought nearly all of them
    assert waits(visited(0.05, HOUR)) > 2 * waits(visited(0.5, HOUR))


def test_a_price_rises_while_more_is_wanted_than_granted_and_falls_back_to_one():
    assert repriced(2.0, wanted=3600, seconds=3600) == pytest.approx(2.0)
    assert repriced(2.0, wanted=7200, seconds=3600) > 2.0
    assert 1.0 < repriced(2.0, wanted=0, seconds=3600) < 2.0
    assert repriced(2.0, wanted=0, seconds=1e9) == 1.0
    assert repriced(2.0, wanted=1e12, seconds=0) < inf


def test_everything_is_read_once_a_day_at_hours_that_are_spread():
    day, midnight = 24 * HOUR, NOW - NOW % (24 * HOUR)
    hours = set()
    for link in range(100):
        due = [
            minute
            for minute in range(2 * 1440)
            if full_is_due(link, CADENCE, since=midnight, now=midnight + minute * 60)
        ]
        assert day / 8 <= due[0] * 60 <= 1.13 * day
        hours.add(due[0] // 60 % 24)
        later = midnight + due[0] * 60
        assert not full_is_due(link, CADENCE, since=later, now=later + 0.99 * day)
        assert full_is_due(link, CADENCE, since=later, now=later + day)
    assert len(hours) > 20
