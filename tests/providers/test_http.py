"""What an adapter sees of the polite client: answers, downloads, validators."""

import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses

from providers.errors import ConfigurationError, DataError, TransientError
from providers.http import PoliteClient
from providers.icalendar_file import digest
from tests.providers.loopback import Partner, answer, document, head, lasting, raw, redirect

URL = "https://feed.example/agenda.ics"
NOW = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as started:
        yield started


def client(partner: Partner, **options: Any) -> PoliteClient:
    return PoliteClient(
        host_map={"feed.example": partner.base}, clock=lambda: NOW, sleep=lambda _: None, **options
    )


def test_a_small_body_is_read_whole(partner: Partner) -> None:
    partner.says(answer(b"bonjour", Content_Type="text/plain"))
    got = client(partner).get("https://feed.example/hello?a=1", params={"q": "été"})
    assert (got.status, got.content, got.requested_at) == (200, b"bonjour", NOW)
    assert got.url == "https://feed.example/hello?a=1&q=%C3%A9t%C3%A9"
    assert partner.requests[0].target == "/hello?a=1&q=%C3%A9t%C3%A9"


def test_headers_of_an_answer_are_found_whatever_their_case(partner: Partner) -> None:
    partner.says(answer(b"x", X_Total="3"))
    assert client(partner).get(URL).headers["x-total"] == "3"


def test_we_say_who_we_are_and_nobody_can_say_otherwise(partner: Partner) -> None:
    partner.says(answer())
    client(partner).get(URL, headers={"user-agent": "Mozilla/5.0", "Accept": "text/calendar"})
    sent = partner.requests[0].headers
    assert sent["user-agent"].startswith("Passerelle/")
    assert sent["user-agent"].endswith("(+https://passculture.app)")
    assert (sent["accept"], sent["accept-encoding"]) == ("text/calendar", "gzip")


def test_no_cookie_is_kept(partner: Partner) -> None:
    partner.says(answer(Set_Cookie="session=1; Path=/"), answer())
    polite = client(partner)
    polite.get(URL)
    polite.get(URL)
    assert "cookie" not in partner.requests[1].headers


def test_userinfo_of_a_url_becomes_a_header_and_is_not_told_again(partner: Partner) -> None:
    partner.says(answer())
    got = client(partner).get("https://marie:secret@feed.example/x")
    assert partner.requests[0].headers["authorization"] == "Basic bWFyaWU6c2VjcmV0"
    assert got.url == "https://feed.example/x"


def test_the_path_of_a_mapped_base_comes_first(partner: Partner) -> None:
    partner.says(answer())
    with PoliteClient(host_map={"feed.example": f"{partner.base}/fake/"}) as polite:
        polite.get(URL)
    assert partner.requests[0].target == "/fake/agenda.ics"


def test_money_is_read_as_decimal(partner: Partner) -> None:
    partner.says(answer(b'{"price": 12.10, "places": 3}'))
    assert client(partner).get(URL).json() == {"price": Decimal("12.10"), "places": 3}


def test_what_is_not_json_keeps_its_head_for_diagnosis(partner: Partner) -> None:
    partner.says(answer(b"<html>Maintenance</html>"))
    with pytest.raises(DataError) as caught:
        client(partner).get(URL).json()
    assert caught.value.code == "not_json"
    assert caught.value.head == b"<html>Maintenance</html>"
    assert "feed.example" in caught.value.sentence


def test_requests_and_bytes_are_counted_as_they_came(partner: Partner) -> None:
    body = gzip.compress(b"a" * 1000)
    partner.says(redirect("/there"), answer(body, Content_Encoding="gzip"))
    polite = client(partner)
    assert len(polite.get(URL).content) == 1000
    assert (polite.requests, polite.received) == (2, len(body))


def test_a_connection_is_used_again(partner: Partner) -> None:
    partner.says(lasting(b"ok"))
    with client(partner) as polite:
        assert [polite.get(URL).content for _ in range(2)] == [b"ok", b"ok"]
    assert (len(partner.requests), partner.connections) == (2, 1)


def test_an_answer_says_until_when_it_stays_good(partner: Partner) -> None:
    partner.says(answer(Cache_Control="max-age=600"))
    polite = client(partner)
    polite.get(URL)
    assert polite.fresh_until == NOW + timedelta(minutes=10)


def test_a_form_is_posted(partner: Partner) -> None:
    partner.says(document({"token": "t"}))
    assert client(partner).post(URL, form={"login": "marie"}).json() == {"token": "t"}
    assert (partner.requests[0].method, partner.requests[0].body) == ("POST", b"login=marie")


def test_a_document_is_posted_as_json(partner: Partner) -> None:
    partner.says(answer())
    client(partner).post(URL, json={"login": "marie"})
    assert partner.requests[0].headers["content-type"] == "application/json"
    assert partner.requests[0].body == b'{"login": "marie"}'


def test_bytes_are_posted_as_they_are(partner: Partner) -> None:
    partner.says(answer())
    client(partner).post(URL, content=b"<soap/>", headers={"Content-Type": "text/xml"})
    assert partner.requests[0].headers["content-type"] == "text/xml"
    assert partner.requests[0].body == b"<soap/>"


def test_a_key_with_a_line_break_is_refused_without_being_quoted(partner: Partner) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client(partner).get(URL, headers={"Authorization": "Token s3cret\n"})
    assert caught.value.code == "credentials_malformed"
    assert "s3cret" not in f"{caught.value} {caught.value.sentence}"


def test_adapters_may_be_tested_with_responses() -> None:
    with responses.RequestsMock() as partner, PoliteClient() as polite:
        partner.get("https://api.example/v2/events", json={"total": 3})
        assert polite.get("https://api.example/v2/events").json() == {"total": 3}


def test_a_download_is_the_decoded_file_and_its_digest(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(gzip.compress(CALENDAR), Content_Encoding="gzip"))
    got = client(partner).download(URL, tmp_path / "agenda.ics")
    assert got is not None
    assert got.path.read_bytes() == CALENDAR
    assert (got.sha256, got.size) == (hashlib.sha256(CALENDAR).hexdigest(), len(CALENDAR))
    assert got.requested_at == NOW


def test_a_cut_download_leaves_nothing_behind(partner: Partner, tmp_path: Path) -> None:
    partner.says(raw(head(200, {"Content-Length": "500"}) + CALENDAR))
    with pytest.raises(TransientError) as caught:
        client(partner).download(URL, tmp_path / "agenda.ics")
    assert caught.value.code == "cut"
    assert list(tmp_path.iterdir()) == []


def test_a_cut_download_leaves_the_earlier_file_alone(partner: Partner, tmp_path: Path) -> None:
    (tmp_path / "agenda.ics").write_bytes(b"yesterday")
    partner.says(raw(head(200, {"Content-Length": "500"}) + CALENDAR))
    with pytest.raises(TransientError):
        client(partner).download(URL, tmp_path / "agenda.ics")
    assert (tmp_path / "agenda.ics").read_bytes() == b"yesterday"


def test_a_download_that_was_cut_once_is_whole_the_second_time(partner: Partner, tmp_path: Path) -> None:
    partner.says(raw(head(200, {"Content-Length": "500"}) + b"BEGIN"), answer(CALENDAR))
    got = client(partner).download(URL, tmp_path / "agenda.ics")
    assert got is not None
    assert got.path.read_bytes() == CALENDAR


@pytest.mark.parametrize("status", [202, 204, 206])
def test_what_is_not_the_whole_document_is_not_taken_for_it(
    partner: Partner, tmp_path: Path, status: int
) -> None:
    partner.says(answer(status=status))
    with pytest.raises(TransientError) as caught:
        client(partner).download(URL, tmp_path / "agenda.ics")
    assert (caught.value.code, caught.value.status) == ("unexpected_status", status)


def test_a_full_disk_is_not_blamed_on_the_partner(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(CALENDAR))
    with pytest.raises(FileNotFoundError):
        client(partner).download(URL, tmp_path / "missing" / "agenda.ics")
    assert len(partner.requests) == 1


def test_validators_are_offered_for_the_next_run(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(CALENDAR, ETag='W/"7"', Last_Modified="Thu, 12 Mar 2026 09:00:00 GMT"))
    polite = client(partner)
    polite.download(URL, tmp_path / "agenda.ics")
    assert polite.fresh_validators == {
        URL: {"etag": 'W/"7"', "last_modified": "Thu, 12 Mar 2026 09:00:00 GMT", "url": URL}
    }


def test_what_has_not_changed_is_not_downloaded(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(status=304))
    known = {URL: {"etag": 'W/"7"', "last_modified": "Thu, 12 Mar 2026 09:00:00 GMT"}}
    polite = client(partner, validators=known)
    assert polite.download(URL, tmp_path / "agenda.ics") is None
    assert partner.requests[0].headers["if-none-match"] == 'W/"7"'
    assert partner.requests[0].headers["if-modified-since"] == "Thu, 12 Mar 2026 09:00:00 GMT"
    assert polite.fresh_validators == known


def test_validators_are_not_sent_when_everything_is_wanted(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(CALENDAR))
    polite = client(partner, validators={URL: {"etag": '"7"'}})
    assert polite.download(URL, tmp_path / "agenda.ics", conditional=False) is not None
    assert "if-none-match" not in partner.requests[0].headers


def test_a_partner_without_validators_has_one_of_ours(partner: Partner, tmp_path: Path) -> None:
    path = tmp_path / "agenda.ics"
    partner.says(
        *(answer(CALENDAR + stamp) for stamp in (b"DTSTAMP:1\r\n", b"DTSTAMP:2\r\n", b"SUMMARY:x\r\n"))
    )
    first = client(partner)
    assert first.download(URL, path, matters=digest) is not None
    again = client(partner, validators=first.fresh_validators)
    assert again.download(URL, path, matters=digest) is None
    later = client(partner, validators=again.fresh_validators)
    assert later.download(URL, path, matters=digest) is not None
    assert "If-None-Match" not in partner.requests[2].headers


def test_not_modified_to_an_unconditional_request_is_an_error(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(status=304))
    with pytest.raises(TransientError):
        client(partner).download(URL, tmp_path / "agenda.ics")


def test_validators_of_one_target_are_not_sent_to_another(partner: Partner, tmp_path: Path) -> None:
    """`latest.ics` leads to today's file; yesterday's date says nothing about that one."""
    partner.says(redirect("/tuesday.ics"), answer(CALENDAR))
    known = {
        URL: {"last_modified": "Mon, 09 Mar 2026 09:00:00 GMT", "url": "https://feed.example/monday.ics"}
    }
    assert client(partner, validators=known).download(URL, tmp_path / "agenda.ics") is not None
    assert not any("if-modified-since" in request.headers for request in partner.requests)


def test_not_modified_from_a_target_that_was_not_asked_so_is_an_error(
    partner: Partner, tmp_path: Path
) -> None:
    partner.says(redirect("/tuesday.ics"), answer(status=304))
    with pytest.raises(TransientError):
        client(partner, validators={URL: {"etag": '"7"'}}).download(URL, tmp_path / "agenda.ics")


def test_validators_are_kept_without_the_secrets_of_the_url(partner: Partner, tmp_path: Path) -> None:
    partner.says(answer(CALENDAR, ETag='"7"'), answer(status=304))
    first = client(partner)
    first.download(URL, tmp_path / "agenda.ics", params={"key": "s3cret"})
    assert "s3cret" not in str(first.fresh_validators)
    second = client(partner, validators=first.fresh_validators)
    assert second.download(URL, tmp_path / "agenda.ics", params={"key": "s3cret"}) is None


def test_a_proxy_that_we_cannot_speak_with_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="proxy"):
        PoliteClient(proxy="socks5://proxy.example:1080")
