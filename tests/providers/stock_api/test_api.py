"""Who we say we are, what a refusal means, what is no list at all, and which address a person means."""

import base64

import pytest

from providers.errors import ConfigurationError, DataError, RateLimited, TransientError
from providers.http import PoliteClient
from providers.stock_api import PROVIDER
from tests.providers.loopback import Partner
from tests.providers.loopback import answer as http_answer
from tests.providers.stock_api.service import E1, E2, E3, EMPTY, SERVICE, SIRET, Service, answer, row, visit

LIST = [row(ref, 1) for ref in (E1, E2, E3)]


def pages(to):
    return list(PROVIDER.fetch(to))


def test_the_password_goes_with_each_request_and_only_where_there_is_one():
    service = Service(EMPTY)
    pages(visit(service, user="écluse", password="s3cret:é"))
    name, _, written = service.headers[0]["Authorization"].partition(" ")
    assert (name, base64.b64decode(written).decode()) == ("Basic", "écluse:s3cret:é")
    open_to_all = Service(EMPTY)
    pages(visit(open_to_all))
    assert "Authorization" not in open_to_all.headers[0]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (400, ConfigurationError, "siret_refused"),
        (401, ConfigurationError, "credentials_refused"),
        (403, ConfigurationError, "credentials_refused"),
        (404, ConfigurationError, "siret_unknown"),
        (410, ConfigurationError, "siret_unknown"),
        (409, ConfigurationError, "rejected"),
        (500, TransientError, "server_error"),
    ],
)
def test_each_refusal_says_what_to_do(status, error, code):
    with Partner() as partner:
        partner.says(http_answer(b'[{"text": "?"}]', status))
        client = PoliteClient(host_map={"stocks.example": partner.base}, sleep=lambda _: None)
        with client, pytest.raises(error) as raised:
            pages(visit(client))
    assert raised.value.code == code
    assert raised.value.status == status
    assert raised.value.sentence.startswith(("«\u00a0stocks.example\u00a0»", "Identifiants refusés par"))


def test_too_many_requests_is_a_wait():
    with Partner() as partner:
        partner.says(http_answer(b"", 429, Retry_After="3600"))
        with (
            PoliteClient(host_map={"stocks.example": partner.base}) as client,
            pytest.raises(RateLimited) as raised,
        ):
            pages(visit(client))
    assert raised.value.code == "rate_limited"


def test_a_list_that_is_gone_in_its_middle_is_tried_again_later():
    with Partner() as partner:
        partner.says(http_answer(answer(row(E1))), http_answer(b"", 404))
        with (
            PoliteClient(host_map={"stocks.example": partner.base}) as client,
            pytest.raises(TransientError) as raised,
        ):
            pages(visit(client))
    assert raised.value.code == "ended_early"
    assert partner.requests[1].target == f"/v1/{SIRET}?limit=1000&after={E1}"


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (b"<!doctype html><p>Bient\xc3\xb4t</p>", DataError, "not_json"),
        (answer(*LIST)[:-2], TransientError, "cut"),
        (answer(*LIST)[:150], TransientError, "cut"),
        (answer(*LIST)[:-2].rstrip() + b'"', TransientError, "cut"),
        (answer(*LIST) + b"<!-- 3 ms -->", DataError, "not_json"),
        (b'{"error": "maintenance"}', DataError, "not_stocks"),
        (b'{"stocks": {}}', DataError, "not_stocks"),
        (b"[]", DataError, "not_stocks"),
        (b'"ok"', DataError, "not_stocks"),
        (b'{"stocks":' + b"[" * 100_000, DataError, "not_json"),
    ],
)
def test_another_answer_than_a_list_is_an_error_and_no_page(body, error, code):
    with pytest.raises(error) as raised:
        pages(visit(Service(body)))
    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")


def test_a_venue_without_siret_says_so_and_a_setting_stands_for_it():
    with pytest.raises(ConfigurationError) as raised:
        pages(visit(Service(EMPTY), venue=None))
    assert raised.value.code == "siret_missing"
    service = Service(EMPTY)
    pages(visit(service, siret="987 654 321 00022"))
    assert service.urls == [f"{SERVICE}/98765432100022"]


# --- the address ---


@pytest.mark.parametrize(
    ("pasted", "stored", "asked"),
    [
        ("https://stocks.example/v1/", SERVICE, f"{SERVICE}/{SIRET}"),
        ("http://Stocks.example:443/v1", SERVICE, f"{SERVICE}/{SIRET}"),
        ("stocks.example", "https://stocks.example", f"https://stocks.example/{SIRET}"),
        (f" « {SERVICE}/98765432100022?limit=5&after=1 » ", SERVICE, f"{SERVICE}/{SIRET}"),
        (f"{SERVICE}/{{siret}}/livres", f"{SERVICE}/{{siret}}/livres", f"{SERVICE}/{SIRET}/livres"),
        (f"{SERVICE}?key=1&limit=5", f"{SERVICE}?key=1", f"{SERVICE}/{SIRET}?key=1"),
    ],
)
def test_what_is_pasted_is_stored_in_one_form(pasted, stored, asked):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored
    service = Service(EMPTY)
    pages(visit(service, identifier=stored))
    assert service.urls == [asked]


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("  ", "identifier_empty"),
        ("stocks@librairie.example", "identifier_email"),
        ("sftp://stocks.example/v1", "identifier_scheme"),
        ("file:///etc/passwd", "identifier_file"),
        ("/etc/passwd", "identifier_file"),
        ("C:\\stocks.json", "identifier_file"),
        ("12345678900011", "identifier_unreadable"),
        ("https://stocks example/", "identifier_unreadable"),
        ("https://[::1/", "identifier_unreadable"),
    ],
)
def test_what_is_no_address_is_refused_in_french_with_what_to_paste(pasted, code):
    with pytest.raises(ConfigurationError) as refusal:
        PROVIDER.read_identifier(pasted)
    assert refusal.value.code == code
    assert "https://stocks.exemple.fr/stocks" in refusal.value.sentence
