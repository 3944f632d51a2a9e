"""Whatever the payload, a cinema's film is read or put aside; nothing else is ever raised."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.base import Item, Visit
from providers.errors import DataError, PartnerError
from providers.http import PoliteClient
from providers.records import LeftOut, OfferRecord, dump, load
from tests.providers.allocine import theater
from tests.providers.boost import box_office
from tests.providers.cds import account
from tests.providers.cgr import service
from tests.providers.cinema.site import LUNE, NOW, Link, Site, said
from tests.providers.ems import planning

CINEMAS: dict[str, tuple[Link, Site]] = {
    "boost": (
        box_office.LINK,
        box_office.office(box_office.showing(31, idAttributPremium=24), box_office.showing(32)),
    ),
    "cds": (account.LINK, account.account(account.show(31), account.show(32))),
    "cgr": (service.LINK, service.service(service.film(service.showing(31), service.showing(32)))),
    "ems": (planning.LINK, planning.planning(planning.cinema(planning.event(planning.session())))),
    "allocine": (theater.LINK, theater.one_page(theater.edge(theater.showtime()))),
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["2030-02-01T20:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59", "NaN", "1e9", "-3", "\u0000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@pytest.fixture(scope="module")
def payloads(tmp_path_factory) -> dict[str, Any]:
    """The payload of a film of each partner, as its adapter makes it."""
    found = {}
    for slug, (link, site) in CINEMAS.items():
        (item,) = link.items(site, tmp_path_factory.mktemp(slug)).values()
        found[slug] = item.payload
    return found


def visit_of(link: Link) -> Visit[Any]:
    written = link.provider.Settings.model_validate(link.settings)
    return Visit(link.identifier, written, lambda: NOW, PoliteClient(), Path("/nonexistent"), LUNE)


def read(link: Link, payload: Any) -> None:
    try:
        (record,) = link.provider.normalise(Item("x/1", b"", payload), visit_of(link))
    except DataError:
        return
    assert isinstance(record, OfferRecord | LeftOut)
    assert load(dump(record)) == record
    assert "\\u0000" not in json.dumps(dump(record))


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where something else could be: (container, key)."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from spots(value[key])


@pytest.mark.parametrize("slug", CINEMAS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), json_values), min_size=1, max_size=4))
def test_any_change_is_read_or_put_aside(slug, payloads, changes):
    payload = copy.deepcopy(payloads[slug])
    for number, value in changes:
        places = list(spots(payload))
        if places:
            container, key = places[number % len(places)]
            container[key] = value
    read(CINEMAS[slug][0], payload)


@pytest.mark.parametrize("slug", CINEMAS)
@given(payload=json_values)
def test_any_json_is_read_or_put_aside(slug, payload):
    read(CINEMAS[slug][0], payload)


LISTED: dict[str, tuple[Link, Any, Any]] = {
    "boost": (box_office.LINK, box_office.showing(31), box_office.office),
    "cds": (account.LINK, account.show(31), account.account),
    "cgr": (service.LINK, service.film(service.showing(31)), service.service),
    "ems": (
        planning.LINK,
        planning.event(planning.session()),
        lambda said: planning.planning(planning.cinema(said)),
    ),
    "allocine": (theater.LINK, theater.edge(theater.showtime()), theater.one_page),
}


@pytest.mark.parametrize("slug", LISTED)
@settings(max_examples=15, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 10_000), json_values), min_size=1, max_size=3),
    whole=st.booleans(),
)
def test_any_listing_is_fetched_or_refused(slug, tmp_path_factory, changes, whole):
    link, listed, served = LISTED[slug]
    document = {"listed": copy.deepcopy(listed)}
    for number, value in changes:
        places = list(spots(document)) if whole else list(spots(document))[1:]
        if places:
            container, key = places[number % len(places)]
            container[key] = value
    try:
        pages = link.pages(served(document["listed"]), tmp_path_factory.mktemp(slug))
    except PartnerError:
        return
    assert pages[-1].last
    for page in pages:
        for item in page.items:
            read(link, item.payload)


@pytest.mark.parametrize("slug", CINEMAS)
@settings(max_examples=10, deadline=None)
@given(document=json_values)
def test_any_answer_is_fetched_or_refused(slug, tmp_path_factory, document):
    link, site = CINEMAS[slug]
    site = Site(site.answer, refuse=lambda _: said(document))
    try:
        link.pages(site, tmp_path_factory.mktemp(slug))
    except PartnerError:
        return
