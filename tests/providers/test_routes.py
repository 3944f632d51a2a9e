"""Where a request goes, and how a URL is written in a log."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from providers.errors import ConfigurationError
from providers.routes import Routes, redact_url, validators_key

ROUTES = Routes(
    {"openagenda.com": "http://127.0.0.1:9000", "Proxied.Example": "https://inside.example/base/"}
)


def test_a_public_url_goes_where_it_says() -> None:
    route = ROUTES.first(" https://Feed.Example:443/a%20b?x=1#fin ")
    assert route.url == route.address == "https://feed.example/a%20b?x=1"
    assert (route.host, route.mapped) == ("feed.example", False)


def test_parameters_are_added_to_those_there_are() -> None:
    assert ROUTES.first("https://feed.example/?a=1", {"b": "2 3"}).url == "https://feed.example/?a=1&b=2+3"


def test_a_mapped_host_keeps_its_name_path_and_query() -> None:
    route = ROUTES.first("https://openagenda.com/agendas/7/events.v2.ics?limit=1")
    assert route.url == "https://openagenda.com/agendas/7/events.v2.ics?limit=1"
    assert route.address == "http://127.0.0.1:9000/agendas/7/events.v2.ics?limit=1"
    assert route.mapped


@pytest.mark.parametrize("host", ["proxied.example", "PROXIED.example", "proxied.example."])
def test_a_host_is_mapped_however_it_is_spelled(host: str) -> None:
    assert ROUTES.first(f"https://{host}/x").address == "https://inside.example/base/x"


def test_a_subdomain_of_a_mapped_host_is_another_host() -> None:
    assert not ROUTES.first("https://api.openagenda.com/").mapped


def test_an_address_typed_with_http_is_called_with_https() -> None:
    assert ROUTES.first("http://feed.example:80/x").address == "https://feed.example/x"


def test_a_name_with_accents_is_called_by_its_ascii_form() -> None:
    assert ROUTES.first("https://théâtre.example/").host == "xn--thtre-4qa2c.example"


@pytest.mark.parametrize(
    "url",
    [
        *("", "feed.example", "ftp://feed.example/", "file:///etc/passwd", "javascript:alert(1)", "https://"),
        *("https://:443/", "https://feed.example:port/", "https://a b/"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ROUTES.first(url)
    assert caught.value.code == "address_refused"
    assert "https://" in caught.value.sentence


@given(text(max_size=60))
def test_whatever_is_typed_gives_a_route_or_a_refusal(rest: str) -> None:
    for url in (rest, f"https://{rest}", f"https://feed.example/{rest}"):
        with suppress(ConfigurationError):
            assert ROUTES.first(url).url.startswith("https://")


@given(text(alphabet=characters(max_codepoint=255), max_size=60))
def test_wherever_a_redirect_leads_it_is_a_route_or_a_refusal(rest: str) -> None:
    start = ROUTES.first("https://feed.example/")
    for location in (rest, f"//{rest}", f"https://{rest}", f"https://[{rest}"):
        with suppress(ConfigurationError):
            assert ROUTES.after(start, location).url.startswith("https://")


@pytest.mark.parametrize("url", ["https://feed.example:8443/", "http://feed.example:8080/"])
def test_another_port_is_refused_and_named(url: str) -> None:
    with pytest.raises(ConfigurationError, match="port") as caught:
        ROUTES.first(url)
    assert "sans numéro de port" in caught.value.sentence


def test_a_redirect_is_relative_to_the_name_rather_than_the_mapped_address() -> None:
    route = ROUTES.after(ROUTES.first("https://openagenda.com/a/b"), "../c")
    assert (route.url, route.address) == ("https://openagenda.com/c", "http://127.0.0.1:9000/c")


def test_a_mapped_server_that_names_itself_means_the_host() -> None:
    route = ROUTES.after(ROUTES.first("https://openagenda.com/a"), "http://127.0.0.1:9000/b?c=1")
    assert route.url == "https://openagenda.com/b?c=1"


def test_a_redirect_to_a_mapped_host_goes_through_the_map() -> None:
    assert ROUTES.after(ROUTES.first("https://feed.example/"), "https://openagenda.com/x").mapped


def test_a_redirect_from_https_to_http_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ROUTES.after(ROUTES.first("https://feed.example/"), "http://feed.example/")
    assert "http://" in caught.value.sentence


def test_a_redirect_brings_no_credentials_of_its_own() -> None:
    route = ROUTES.after(ROUTES.first("https://feed.example/"), "https://u:p@feed.example/x")
    assert (route.url, route.authorization) == ("https://feed.example/x", "")


def test_a_redirect_with_raw_accents_is_understood() -> None:
    location = "/été".encode().decode("latin-1")  # as http.client gives it
    assert ROUTES.after(ROUTES.first("https://feed.example/"), location).url == (
        "https://feed.example/%C3%A9t%C3%A9"
    )


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://u:p@a.example/x", "https://a.example/x"),
        ("https://a.example/x?key=1&q=jazz", "https://a.example/x?key=***&q=jazz"),
        ("https://a.example/x?q=jazz&access_token=1#t", "https://a.example/x?q=jazz&access_token=***#t"),
        (
            "https://a.example/?X-Amz-Signature=1&sig=2&apiKey=3",
            "https://a.example/?X-Amz-Signature=***&sig=***&apiKey=***",
        ),
        ("https://a.example/ical/private-0a1b2c/basic.ics", "https://a.example/ical/private-***/basic.ics"),
        ("https://a.example/keys?page=2", "https://a.example/keys?page=2"),
    ],
)
def test_a_url_is_logged_without_its_secrets(url: str, safe: str) -> None:
    assert redact_url(url) == safe


def test_urls_that_differ_by_a_secret_keep_validators_apart() -> None:
    one, two = (validators_key(f"https://a.example/?pageToken={page}") for page in (1, 2))
    assert one != two
    assert one.startswith("https://a.example/?pageToken=***#")
