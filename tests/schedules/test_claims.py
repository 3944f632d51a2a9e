"""Claiming: who gets a run, who is put off until when and why, and what is kept of it in PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from models.database import connect
from models.vocabulary import Queue
from providers.base import Cadence, Limits
from schedules import claims
from schedules.claims import Terms, claim, quiet_until

TERMS = {
    slug: Terms(Queue.AGENDAS, Limits(requests=10, period=timedelta(minutes=1), parallel_runs=1), Cadence())
    for slug in ("scripted", "scripted-sessions")
}


def links(scene, number, *, provider="scripted", key="partner.example", late="1 minute", urgent=False):
    """So many due links, the first the latest."""
    scene.db.execute("DELETE FROM link WHERE id = %s AND budget_key = ''", [scene.link])
    rows = scene.db.execute(
        """INSERT INTO link (venue_id, provider, identifier, "interval", next_run_at, host, budget_key, urgent)
           SELECT %s, %s, %s || urgent || number, '1 hour',
               now() - %s::interval + make_interval(secs => number / 10.0), %s, %s, urgent
           FROM generate_series(1, %s) AS number, (VALUES (%s)) AS rank (urgent) RETURNING id""",
        [scene.venue, provider, key, late, key, key, number, urgent],
    ).fetchall()
    return [row["id"] for row in rows]


def go(scene, terms=TERMS, shut=None):
    claim(scene.db, terms, shut or {})
    return [run["link_id"] for run in scene.rows("sync_run")]


def end_runs(scene):
    scene.db.execute("UPDATE sync_run SET status = 'succeeded', finished_at = clock_timestamp()")


def ten_seconds_pass(scene):
    back = (f"{column} = {column} - interval '10 s'" for column in ("next_run_at", "wanted_at"))
    scene.db.execute(f"UPDATE link SET {', '.join(back)}")
    back = (f"{column} = {column} - interval '10 s'" for column in ("spent_until", "priced_at"))
    scene.db.execute(f"UPDATE host_state SET {', '.join(back)}")


def test_a_partners_grant_is_shared_and_the_others_are_told_their_turn(scene):
    all_of_them = links(scene, 20)
    gone = go(scene)
    assert gone == all_of_them[:9]  # eight of ten requests a minute are the schedule's; a minute is unused
    waiting = scene.rows("link", put_off="budget")
    assert [link["id"] for link in waiting] == all_of_them[9:]
    assert all(link["wanted_at"] < link["next_run_at"] for link in waiting)
    gaps = [b["next_run_at"] - a["next_run_at"] for a, b in pairwise(waiting)]
    assert all(abs(gap.total_seconds() - 7.5) < 0.01 for gap in gaps)


def test_the_price_of_a_request_rises_with_what_is_wanted_and_is_kept(scene):
    links(scene, 9, late="2 hours")
    go(scene)
    till = scene.row("host_state", host="partner.example")
    assert till["price"] > 1
    assert till["spent_until"] is not None


def test_the_urgent_go_before_the_older(scene):
    old = links(scene, 9, late="5 hours", key="a.example")
    urgent = links(scene, 3, key="a.example", urgent=True)
    assert set(go(scene)) == {*urgent, *old[:6]}


def test_a_queue_is_never_long_so_that_an_urgent_link_is_never_far_behind(scene):
    links(scene, 40, key="")
    assert len(go(scene)) == claims.AHEAD
    assert len(go(scene)) == claims.AHEAD
    end_runs(scene)
    assert len(go(scene)) == 40


def test_one_providers_backlog_delays_no_other(scene):
    links(scene, 40, late="6 hours")
    others = links(scene, 2, provider="scripted-sessions", key="b.example")
    assert set(others) <= set(go(scene))


def test_two_ticks_at_once_give_a_link_one_run(scene, database_url):
    chosen = links(scene, 5)
    with connect(database_url) as other, other.transaction():
        claim(other, TERMS, {})
        claim(scene.db, TERMS, {})  # passes over what is claimed at this moment
    go(scene)
    assert sorted(run["link_id"] for run in scene.rows("sync_run")) == chosen


def test_two_ticks_at_once_spend_the_grant_of_a_new_host_once(scene, database_url, monkeypatch):
    monkeypatch.setattr(claims, "MOST", 25)
    links(scene, 40)
    with connect(database_url) as other, ThreadPoolExecutor(1) as second:
        with other.transaction():
            claim(other, TERMS, {})
            later = second.submit(claim, scene.db, TERMS, {})
            while other.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is None:
                assert not later.done(), "it did not wait for what the other one spends"
        assert later.result() == 0
    assert len(scene.rows("sync_run")) == 9


def test_after_six_hours_of_nothing_partners_are_asked_at_their_pace_the_urgent_first_then_the_oldest(scene):
    granted = {"a.example": 10, "b.example": 10, "c.example": 30}
    quick = Limits(requests=30, period=timedelta(minutes=1), parallel_runs=1)
    terms = TERMS | {"scripted-sessions": Terms(Queue.STOCKS, quick, Cadence())}
    late = {
        "a.example": links(scene, 50, late="6 hours", key="a.example"),
        "b.example": links(scene, 30, late="5 hours", key="b.example"),
        "c.example": links(scene, 60, late="6 hours", key="c.example", provider="scripted-sessions"),
    }
    urgent = links(scene, 5, late="1 minute", key="a.example", urgent=True)
    everybody = {*urgent, *(link for each in late.values() for link in each)}

    went, ticks = dict[int, int](), 0
    while everybody - went.keys():
        claim(scene.db, terms, {})
        went |= {run["link_id"]: ticks for run in scene.rows("sync_run", status="queued")}
        end_runs(scene)
        ten_seconds_pass(scene)
        ticks += 1
        assert ticks < 50

    assert {went[link] for link in urgent} == {0}
    assert {went[link] for link in late["b.example"][:9]} == {0}  # another host's longer queue hides none
    for host, oldest_first in late.items():
        turns = [went[link] for link in oldest_first]
        assert turns == sorted(turns)
        asked = turns + [went[link] for link in urgent if host == "a.example"]
        for start in range(ticks):
            assert sum(start <= turn < start + 30 for turn in asked) <= granted[host] * 5
        # four fifths of the grant, after a minute's worth at once
        assert max(turns) <= (len(asked) - 0.8 * granted[host]) / (0.8 * granted[host] / 6) + 1


def test_a_link_of_a_provider_that_is_gone_is_claimed_too(scene):
    (link,) = links(scene, 1, provider="gone")
    assert go(scene) == [link]


@pytest.mark.parametrize("named", ["host", "budget_key"])
def test_a_retry_after_holds_for_every_link_of_the_host_and_outlives_redis(scene, named):
    links(scene, 2)
    scene.db.execute(f"UPDATE link SET {named} = 'told.example'")
    scene.db.execute(
        "INSERT INTO host_state (host, retry_at, reason) VALUES ('told.example', now() + interval '2 hours', 'retry_after')"
    )
    assert go(scene) == []
    assert {link["put_off"] for link in scene.rows("link")} == {"retry_after"}
    soonest = scene.db.execute("SELECT min(next_run_at) - now() AS wait FROM link").fetchone()["wait"]
    assert timedelta(minutes=119) < soonest <= timedelta(hours=2)


def test_quiet_hours_put_off_to_their_end(scene):
    links(scene, 2)
    scene.db.execute(
        """INSERT INTO host_state (host, quiet_from, quiet_until) SELECT 'partner.example',
           (here - interval '1 hour')::time, (here + interval '1 hour')::time
           FROM (SELECT now() AT TIME ZONE 'Europe/Paris' AS here) AS clock"""
    )
    assert go(scene) == []
    assert {link["put_off"] for link in scene.rows("link")} == {"quiet"}


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2027, 1, 5, 22, 30, tzinfo=UTC), datetime(2027, 1, 6, 4, 0, tzinfo=UTC)),
        (datetime(2027, 1, 6, 3, 59, tzinfo=UTC), datetime(2027, 1, 6, 4, 0, tzinfo=UTC)),
        (datetime(2027, 1, 6, 4, 0, tzinfo=UTC), None),
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), datetime(2027, 3, 28, 3, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_are_french_and_pass_midnight(now, ends):
    until = quiet_until(time(23), time(5), now.timestamp())
    assert until == (ends.timestamp() if ends else 0)


def test_a_provider_whose_breaker_is_open_is_left_alone_but_for_the_probe(scene):
    links(scene, 5)
    others = links(scene, 1, provider="scripted-sessions", key="b.example")
    assert go(scene, shut={"scripted": 0}) == others
    assert len(go(scene, shut={"scripted": 1})) == 2


def test_links_of_one_feed_go_together_and_cost_the_partner_one_visit(scene):
    sharing = {
        "scripted": Terms(Queue.AGENDAS, Limits(requests=10, shared_for=timedelta(minutes=5)), Cadence())
    }
    places = links(scene, 12, key="agenda:7")
    scene.db.execute(
        "UPDATE link SET next_run_at = now() + interval '20 minutes' WHERE id <> %s", [places[0]]
    )
    scene.db.execute("UPDATE link SET next_run_at = now() + interval '40 minutes' WHERE id = %s", [places[1]])
    scene.db.execute("ALTER TABLE link DROP CONSTRAINT link_venue_id_provider_identifier_key")
    scene.db.execute("UPDATE link SET identifier = '7' WHERE id <> %s", [places[2]])
    gone = go(scene, sharing)
    assert sorted(gone) == [places[0], *places[3:]]  # not yet the time of one, and another feed's
    spent = scene.db.execute("SELECT spent_until < now() AS left FROM host_state").fetchone()
    assert spent["left"]
