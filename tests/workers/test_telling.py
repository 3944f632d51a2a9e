"""The portal hears of what waits for a person: once, again when it waits too long, and when it is over."""

import json
import time
from datetime import timedelta

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from models.database import connect
from tests.providers.loopback import Partner, answer, silence
from tests.web.conftest import new_key
from workers.telling import tell_portal

KEYS = (new_key(), new_key())


@pytest.fixture
def portal():
    with Partner() as portal:
        portal.says(answer(status=204))
        yield portal


@pytest.fixture
def tell(scene, portal):
    site = scene.with_settings(notice_url=f"{portal.base}/notices", notice_key=_secrets(KEYS))

    def tell(**words):
        return tell_portal(scene.db, site.settings, **words)

    return tell


def _secrets(keys):
    return tuple(SecretStr(key) for key in keys)


@pytest.fixture
def notice(scene):
    return new_notice(scene)


def new_notice(scene, kind="review", **columns):
    columns = {
        "kind": kind,
        "venue_id": scene.venue,
        "link_id": scene.link,
        "question": "Retirer ?",
    } | columns
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    return scene.db.execute(
        f"INSERT INTO notice ({names}) VALUES ({marks}) RETURNING id", list(columns.values())
    ).fetchone()["id"]


def resolve(scene, notice):
    scene.db.execute(
        "UPDATE notice SET resolved_at = now(), resolution = 'kept', resolved_by = 'camille' WHERE id = %s",
        [notice],
    )


def pass_time(scene, **words):
    scene.db.execute(
        "UPDATE notice SET told_at = told_at - %(t)s, tell_at = tell_at - %(t)s", {"t": timedelta(**words)}
    )


def heard(portal):
    return [json.loads(request.body)["type"] for request in portal.requests]


def test_a_notice_is_told_once_and_signed_by_every_key(scene, portal, tell, notice):
    assert (tell(), tell()) == (1, 0)
    (request,) = portal.requests
    assert (request.method, request.target) == ("POST", "/notices")
    for key in KEYS:
        told = Webhook(key).verify(request.body, request.headers)
    assert told["type"] == "notice.opened"
    assert told["data"]["question"] == "Retirer ?"
    assert told["data"]["venue"] == scene.venue
    assert request.headers["webhook-id"] == f"notice-{notice}-opened"
    assert scene.row("notice")["told_at"]


def test_a_question_that_waits_is_told_after_a_day_and_after_a_week(scene, portal, tell, notice):
    tell()
    for wait in (
        timedelta(hours=23),
        timedelta(hours=2),
        timedelta(hours=1),
        timedelta(days=6),
        timedelta(9),
    ):
        pass_time(scene, seconds=wait.total_seconds())
        tell()
    assert heard(portal) == ["notice.opened", "notice.reminder", "notice.reminder"]
    assert [request.headers["webhook-id"] for request in portal.requests[1:]] == [
        f"notice-{notice}-reminder-1",
        f"notice-{notice}-reminder-2",
    ]


def test_its_end_is_told_to_who_heard_of_it(scene, portal, tell, notice):
    tell()
    resolve(scene, notice)
    resolve(scene, new_notice(scene, "link_to_check"))
    assert tell() == 1
    assert heard(portal) == ["notice.opened", "notice.resolved"]
    assert json.loads(portal.requests[-1].body)["data"]["resolved_by"] == "camille"
    pass_time(scene, days=30)
    assert tell() == 0


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_what_is_not_taken_is_told_again_later_each_time(scene, portal, tell, notice, status):
    portal.says(answer(status=status))
    waits = []
    for _ in range(3):
        assert tell() == 0
        assert tell() == 0  # not before its time
        waits.append(
            scene.db.execute("SELECT extract(epoch FROM tell_at - now()) AS s FROM notice").fetchone()["s"]
        )
        scene.db.execute("UPDATE notice SET tell_at = now()")
    assert [round(wait, -1) for wait in waits] == [20, 40, 80]
    assert len(portal.requests) == 3
    assert len({request.headers["webhook-id"] for request in portal.requests}) == 1
    portal.says(answer())
    assert tell() == 1
    assert scene.row("notice")["tell_failures"] == 0


def test_a_portal_that_is_away_holds_the_tick_for_a_moment_only(scene, portal, tell):
    portal.says(silence)
    for number in range(20):
        new_notice(scene, f"kind {number}")
    started = time.monotonic()
    assert tell() == 0
    assert time.monotonic() - started < 20, "each of twenty would wait two seconds"
    assert len(portal.requests) == 1


def test_a_round_is_bounded_and_the_next_one_goes_on(scene, portal, tell):
    for number in range(5):
        new_notice(scene, f"kind {number}")
    assert tell(seconds=0) == 0
    assert tell() == 5


def test_two_ticks_at_once_tell_nothing_twice(scene, portal, tell, notice):
    with scene.db.transaction():
        scene.db.execute("SELECT FROM notice FOR UPDATE")
        with connect(scene.site.database_url) as other:
            settings = scene.with_settings(notice_url=portal.base, notice_key=_secrets(KEYS)).settings
            assert tell_portal(other, settings) == 0
    assert tell() == 1


def test_an_operators_catalogue_is_not_the_portals(scene, portal, tell):
    new_notice(scene, venue_id=None)
    assert tell() == 0


def test_nobody_is_told_where_no_portal_is_configured(scene, notice):
    assert tell_portal(scene.db, scene.site.settings) == 0
    assert scene.row("notice")["told_at"] is None
