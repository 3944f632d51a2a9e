"""Who may see the page, and who may change things there."""

import time

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from models.access import opening_link
from tests.workers.scripted import event
from web.page import opening


def test_a_link_of_the_portal_opens_the_venue_s_page(venue):
    browser = TestClient(venue.app)
    answer = browser.get(
        opening_link(venue.id, "camille", "manage", configured=venue.site.settings),
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == venue.home
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Path={venue.home}" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_is_secure(venue):
    browser = TestClient(venue.app, base_url="https://passerelle.example")
    link = opening_link(venue.id, "camille", "manage", configured=venue.site.settings)
    answer = browser.get(link, follow_redirects=False)
    assert "Secure" in answer.headers["set-cookie"]


def test_a_link_holds_for_a_quarter_of_an_hour(venue, monkeypatch):
    link = opening_link(venue.id, "camille", "manage", configured=venue.site.settings)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 14 * 60)
    assert TestClient(venue.app).get(link).status_code == 200
    monkeypatch.setattr("time.time", lambda: now + 16 * 60)
    answer = TestClient(venue.app).get(link)
    assert answer.status_code == 403
    assert "n’est plus ouverte" in answer.text


def test_a_session_ends(venue, monkeypatch):
    browser = venue.opened()
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + opening.SESSION_LASTS.total_seconds() + 60)
    assert browser.get(venue.home).status_code == 403


@pytest.mark.parametrize("change", [lambda token: token[:-2], lambda token: "x" + token, lambda _: ""])
def test_a_link_that_was_changed_opens_nothing(venue, change):
    link = opening_link(venue.id, "camille", "manage", configured=venue.site.settings)
    path, _, token = link.partition("=")
    assert TestClient(venue.app).get(f"{path}={change(token)}").status_code == 403


def test_a_session_is_for_one_venue_only(venue):
    other = venue.one(
        "INSERT INTO venue (offerer_id, name) SELECT id, 'Ailleurs' FROM offerer LIMIT 1 RETURNING id"
    )
    browser = venue.opened()
    cookie = browser.cookies.get(opening.COOKIE)
    stranger = TestClient(venue.app, cookies={opening.COOKIE: cookie})
    assert stranger.get(venue.home).status_code == 200
    assert stranger.get(f"/lieux/{other}").status_code == 403


def test_keys_rotate(venue):
    old, new = "x" * 43 + "=", "y" * 43 + "="
    before = venue.site.settings.model_copy(update={"secret_keys": (_secret(old),)})
    during = before.model_copy(update={"secret_keys": (_secret(new), _secret(old))})
    after = before.model_copy(update={"secret_keys": (_secret(new),)})
    token = opening_link(1, "camille", "read", configured=before).partition("=")[2]
    assert opening.read_opening(token, during)
    assert opening.read_opening(token, after) is None
    token = opening_link(1, "camille", "read", configured=during).partition("=")[2]
    assert opening.read_opening(token, after)


def _secret(text):
    return SecretStr(text)


def paths(venue, link, offer):
    at = f"{venue.home}/sources/{link}"
    return [
        f"{at}/synchroniser",
        f"{at}/pause",
        f"{at}/reprise",
        f"{at}/deconnecter",
        f"{at}/reconnecter",
        f"{at}/signaux",
        f"{at}/signaux/1/revoquer",
        f"{at}/modifier",
        f"{at}/retraits",
        f"{venue.home}/importer/scripted",
        f"{venue.home}/importer/scripted/fichier",
        f"{venue.home}/importer/demande",
        f"{venue.home}/questions/1",
        f"{venue.home}/a-completer/prix",
        f"{venue.home}/a-completer/places",
        f"{venue.home}/a-completer/categorie",
        f"{venue.home}/a-completer/ressemblance",
        f"{venue.home}/a-completer/titre",
        f"{venue.home}/offres/{offer}",
        f"{venue.home}/offres/{offer}/suivre",
    ]


def test_every_form_is_refused_without_its_token_and_to_who_may_only_look(venue):
    link = venue.imported(event("a"))
    offer = venue.rows("offer")[0]["id"]
    manager, reader, stranger = venue.opened(), venue.opened("read"), TestClient(venue.app)
    token = opening.form_token(_visitor(reader, venue), venue.site.settings)
    posted = [
        route for route in _routes(venue.app) if "POST" in route.methods and route.path.startswith("/lieux/")
    ]
    assert len(posted) == len(paths(venue, link, offer)), "every form's path is in the list above"
    for path in paths(venue, link, offer):
        assert manager.post(path, data={"offres": "retirer"}).status_code == 403, path
        assert manager.post(path, data={"jeton": token}).status_code == 403, path
        assert reader.post(path, data={"jeton": token}).status_code == 403, path
        assert stranger.post(path, data={"jeton": token}).status_code == 403, path
    assert venue.rows("link_event") == []
    assert venue.rows("link")[0]["state"] == "active"


def _routes(app):
    """Every route, those of included routers too."""
    found, waiting = [], list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner:
            waiting.extend(inner)
        elif hasattr(route, "methods"):
            found.append(route)
    return found


def _visitor(browser, venue):
    return opening.read_session(browser.cookies.get(opening.COOKIE), venue.site.settings)


def test_what_is_not_this_venue_s_is_not_there(venue):
    browser = venue.opened()
    for path in (
        "/sources/999",
        "/importations/999",
        "/offres/999",
        "/sources/999/retraits",
        "/rien",
        "/offres/x",
    ):
        answer = browser.get(venue.home + path)
        assert answer.status_code == 404, path
        assert "n’existe pas" in answer.text


def test_browsers_are_held_to_what_the_page_needs(venue):
    headers = venue.opened().get(venue.home).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    for path in ("/statique/page.css", "/statique/page.js"):
        assert TestClient(venue.app).get(path).status_code == 200
