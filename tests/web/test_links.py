"""A venue's sources by the hook: listed, edited, paused, disconnected; their questions answered."""

from decimal import Decimal

from tests.web.test_callers import outcome


def test_a_source_with_what_it_brought(town):
    offers = [
        town.db.execute(
            """INSERT INTO offer (venue_id, link_id, provider, ref, title, category, active, held_reason)
               VALUES (%s, %s, 'openagenda', %s, 'Cyrano', 'spectacle_vivant', %s, %s) RETURNING id""",
            [town.venue, town.link, ref, active, held],
        ).fetchone()["id"]
        for ref, active, held in [("a", True, None), ("b", True, "price_unknown"), ("c", False, None)]
    ]
    for offer in offers:
        for days in (-1, 1, 2):
            town.db.execute(
                """INSERT INTO stock (offer_id, ref, starts_at, price)
                   VALUES (%s, %s, now() + make_interval(days => %s), 12)""",
                [offer, str(days), days],
            )
    card = town.call("GET", f"/venues/{town.venue}/links").json()
    assert card == [town.call("GET", f"/links/{town.link}").json()]
    assert (card[0]["provider_label"], card[0]["offers"], card[0]["dates"], card[0]["held"]) == (
        "Open Agenda",
        2,
        4,
        1,
    )
    assert card[0]["last_run"]["run"] == town.run


def test_settings_are_replaced_as_a_whole_and_the_source_is_read_soon(town):
    town.call(
        "PATCH", f"/links/{town.link}", {"settings": {"capacity": "Sans limite", "since": "aujourd’hui"}}
    )
    card = town.call("PATCH", f"/links/{town.link}", {"settings": {"price": "12,50"}}).json()
    assert card["settings"] == {"price": "12.50"}
    link = town.row("link")
    assert Decimal(link["settings"]["price"]) == Decimal("12.5")
    assert link["settings_edited_at"] == link["next_run_at"]
    events = town.rows("link_event")
    assert [event["action"] for event in events] == ["edited", "edited"]
    assert events[0]["detail"] == {"settings": {"capacity": "unlimited", "since": "today"}}
    assert events[0]["role"] == "manage"


def test_the_same_settings_are_no_edit(town):
    town.call("PATCH", f"/links/{town.link}", {"settings": {}})
    assert town.rows("link_event") == []
    assert town.row("link")["settings_edited_at"] is None


def test_a_wrong_setting_is_refused_and_nothing_changes(town):
    answer = town.call("PATCH", f"/links/{town.link}", {"settings": {"capacity": -1}, "state": "paused"})
    assert outcome(answer) == (422, "settings_invalid")
    assert town.row("link")["state"] == "active"


def test_a_source_is_paused_and_resumed_once(town):
    for state in ("paused", "paused", "active", "active"):
        assert town.call("PATCH", f"/links/{town.link}", {"state": state}).json()["state"] == state
    assert [event["action"] for event in town.rows("link_event")] == ["paused", "resumed"]


def test_disconnecting_asks_what_becomes_of_the_offers(town):
    path = f"/links/{town.link}"
    assert outcome(town.call("DELETE", path)) == (422, "invalid")
    assert town.call("DELETE", f"{path}?keep_offers=false").json()["state"] == "unlinked"
    assert town.call("DELETE", f"{path}?keep_offers=true").json()["state"] == "unlinked"
    event = town.row("link_event")
    assert (event["action"], event["detail"]) == ("unlinked", {"keep_offers": False})
    assert town.call("GET", f"/venues/{town.venue}/links").json() == []
    assert len(town.call("GET", f"/venues/{town.venue}/links?unlinked=true").json()) == 1
    assert outcome(town.call("PATCH", path, {"state": "active"})) == (409, "unlinked")


def test_a_review_that_is_not_open_is_a_conflict(town):
    for decision in ("confirm", "keep"):
        answer = town.call("POST", f"/links/{town.link}/review", {"decision": decision})
        assert outcome(answer) == (409, "no_review")


def test_a_review_is_decided_by_somebody(town):
    town.db.execute("INSERT INTO withdrawal (link_id, run_id) VALUES (%s, %s)", [town.link, town.run])
    answer = town.call("POST", f"/links/{town.link}/review", {"decision": "confirm"})
    assert answer.json() == {"decision": "confirm", "offers_withdrawn": 0, "stocks_withdrawn": 0}
    row = town.row("withdrawal")
    assert (row["decision"], row["decided_by"]) == ("confirmed", "portal:camille@la-halle.example")
    assert town.row("link_event")["role"] == "manage"


def test_a_question_is_answered_once(town):
    path = f"/notices/{town.notice}/answers"
    listed = town.call("GET", f"/venues/{town.venue}/notices").json()
    assert [(notice["notice"], notice["answers"]) for notice in listed] == [(town.notice, ["noted"])]
    assert outcome(town.call("POST", path, {"answer": "move"})) == (422, "answer_does_not_fit")
    answered = town.call("POST", path, {"answer": "noted"}).json()
    assert (answered["resolution"], answered["resolved_by"]) == ("noted", "portal:camille@la-halle.example")
    assert outcome(town.call("POST", path, {"answer": "noted"})) == (409, "no_such_notice")
    assert town.call("GET", f"/venues/{town.venue}/notices").json() == []
    assert len(town.call("GET", f"/venues/{town.venue}/notices?resolved=true").json()) == 1


def test_an_answer_that_was_refused_may_be_given_again(town):
    path = f"/notices/{town.notice}/answers"
    refused = town.portal.headers("POST", path, b'{"answer": "move"}')
    for _ in range(2):
        assert town.call("POST", path, {"answer": "move"}, caller=refused).status_code == 422


def test_partners_are_listed_with_the_schema_of_their_form(quiet_town):
    listed = {each["provider"]: each for each in quiet_town.call("GET", "/providers").json()}
    assert listed["openagenda"]["label"] == "Open Agenda"
    assert "capacity" in listed["openagenda"]["settings"]["properties"]
