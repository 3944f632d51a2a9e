"""Covers of books: what the page shows of the addresses that catalogues tell."""

from collections.abc import Iterator

import pytest

from models.cover import LARGEST_KEPT
from schedules.tick import purge
from tests.loopback import Asked, Reply, serving
from tests.web.page.conftest import Venue, new_venue
from tests.web.page.shop import picture, told
from tests.workers.shop import ean
from web.page.covers import LARGEST, media_type

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state ~ 'in transaction'"
HTML = b"<!doctype html><title>Introuvable</title>"


class Covers:
    """A site of covers: what it answers by path, and what it was asked; it looks at who waits meanwhile."""

    def __init__(self, venue: Venue) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.transactions = 0
        self._venue = venue

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked.path)
        self.transactions += self._venue.one(OPEN)
        found = self.answers.get(asked.path)
        return (404, {}, b"") if found is None else (200, {"Content-Type": "image/svg+xml"}, found)


@pytest.fixture
def covers(shop) -> Iterator[Covers]:
    site = Covers(shop.venue)
    with serving(site.answer) as base:
        shop.venue.site.settings.host_map["couvertures.example"] = base
        yield site


def see(shop, number: int = 1):
    return shop.venue.opened("read").get(f"{shop.venue.home}/couvertures/{ean(number)}")


def test_a_cover_is_fetched_once_and_served_from_here(shop, covers):
    shop.catalogue_tells(told(1))
    covers.answers["/1.jpg"] = picture()
    first, again = see(shop), see(shop)
    assert first.content == again.content == picture()
    assert first.headers["content-type"] == "image/png"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "private, max-age=3600"
    assert covers.asked == ["/1.jpg"]
    assert not covers.transactions
    covers.answers["/2.gif"] = b"GIF89a..."
    shop.catalogue_tells(told(1, cover_url="https://couvertures.example/2.gif"))
    assert see(shop).headers["content-type"] == "image/gif"


@pytest.mark.parametrize(
    ("address", "body", "refused", "days"),
    [
        ("https://couvertures.example/1.jpg", HTML, "not_an_image", 29),
        (
            "https://couvertures.example/1.jpg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "not_an_image",
            29,
        ),
        ("https://couvertures.example/1.jpg", picture() + bytes(LARGEST), "too_large", 29),
        ("https://couvertures.example/1.jpg", None, "not_found", 0),
        ("https://127.0.0.1/1.jpg", None, "address_refused", 0),
        ("couverture", None, "address_refused", 0),
    ],
)
def test_what_is_no_cover_is_not_shown_and_remembered(shop, covers, address, body, refused, days):
    shop.catalogue_tells(told(1, cover_url=address))
    if body is not None:
        covers.answers["/1.jpg"] = body
    assert [see(shop).status_code for _ in range(2)] == [404, 404]
    assert len(covers.asked) == ("couvertures.example" in address)
    [kept] = shop.venue.rows("cover")
    assert (kept["content"], kept["refused"]) == (None, refused)
    assert (kept["good_until"] - kept["fetched_at"]).days == days
    shop.venue.db.execute("UPDATE cover SET good_until = now() - interval '1 second'")
    covers.answers["/1.jpg"] = picture()
    assert see(shop).status_code == (200 if covers.asked else 404)


def test_a_large_cover_is_passed_on_and_not_kept(shop, covers):
    shop.catalogue_tells(told(1))
    covers.answers["/1.jpg"] = picture() + bytes(LARGEST_KEPT)
    assert [see(shop).status_code for _ in range(2)] == [200, 200]
    assert len(covers.asked) == 2
    assert not shop.venue.rows("cover")


def test_nothing_is_asked_for_who_may_not_look_or_of_what_is_not_told(shop, covers):
    shop.catalogue_tells(told(1), told(2, cover_url=""))
    other = Venue(shop.venue.db, shop.venue.site, new_venue(shop.venue.db, "Ailleurs"), shop.venue.app, None)
    assert other.opened().get(f"{shop.venue.home}/couvertures/{ean(1)}").status_code == 403
    for path in (ean(2), ean(3), "978", "%00"):
        assert shop.venue.opened().get(f"{shop.venue.home}/couvertures/{path}").status_code == 404, path
    assert not covers.asked


def test_covers_past_their_time_are_forgotten(shop, covers):
    shop.catalogue_tells(told(1), told(2))
    covers.answers["/1.jpg"] = picture()
    for number in (1, 2):
        see(shop, number)
    purge(shop.venue.db)
    assert len(shop.venue.rows("cover")) == 2
    shop.venue.db.execute("UPDATE cover SET good_until = now() WHERE refused IS NOT NULL")
    purge(shop.venue.db)
    assert [kept["content"] for kept in shop.venue.rows("cover")] == [picture()]


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "image/avif"),
        (b"\0\0\0\x20ftypheic\0\0\0\0", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"", None),
        (HTML, None),
    ],
)
def test_images_are_known_by_their_first_bytes(begins, kind):
    assert media_type(begins) == kind
