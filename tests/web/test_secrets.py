"""A partner's key through the hook: stored encrypted, kept when it is not sent again, answered nowhere."""

from typing import Any

from workers.sealing import unseal

TOKEN, NEW = "k9" * 32, "n3" * 32


def form(**settings: Any) -> dict[str, Any]:
    return {"provider": "pretix", "identifier": "ecluse", "settings": settings}


def link_of(town) -> dict[str, Any]:
    return town.row("link", provider="pretix")


def secret_of(town) -> dict[str, str]:
    return unseal(town.site.settings, link_of(town)["secrets"])


def imported(town) -> int:
    answer = town.call("POST", f"/venues/{town.venue}/imports", form(token=TOKEN, category="musique"))
    assert answer.status_code == 202, answer.text
    return link_of(town)["id"]


def test_a_key_is_stored_apart_and_answered_nowhere(town):
    link = imported(town)
    assert link_of(town)["settings"] == {"category": "musique"}
    assert secret_of(town) == {"token": TOKEN}
    answers = [town.call("GET", path).text for path in (f"/links/{link}", f"/venues/{town.venue}/links")]
    written = repr([answers, *(town.rows(table) for table in ("link", "link_event", "sync_run"))])
    assert TOKEN not in written


def test_an_edit_keeps_the_key_unless_another_is_sent(town):
    link = imported(town)
    assert town.call("PATCH", f"/links/{link}", {"settings": {"category": "cinema"}}).status_code == 200
    assert (link_of(town)["settings"], secret_of(town)) == ({"category": "cinema"}, {"token": TOKEN})
    edited_at = link_of(town)["settings_edited_at"]
    edited = town.call("PATCH", f"/links/{link}", {"settings": {"category": "cinema", "token": NEW}})
    assert edited.json()["settings"] == {"category": "cinema"}
    assert secret_of(town) == {"token": NEW}
    assert link_of(town)["settings_edited_at"] == edited_at
    assert [row["action"] for row in town.rows("link_event", link_id=link)] == [
        "linked",
        "edited",
        "key_changed",
    ]


def test_without_a_key_the_form_is_refused(town):
    answer = town.call("POST", f"/venues/{town.venue}/imports", form())
    assert answer.status_code == 422
    assert "Clé d’API" in answer.text
    assert town.rows("link", provider="pretix") == []


def test_a_wrong_form_does_not_answer_the_key_back(town):
    answer = town.call("POST", f"/venues/{town.venue}/imports", form(token=TOKEN, colour="blue"))
    assert answer.status_code == 422
    assert TOKEN not in answer.text
