"""Partners whose paging goes wrong: each fault ends with a clear error or is absorbed, and takes nothing away."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import redis

from models.database import Connection
from runtime.settings import RuntimeSettings
from tests.loopback import Asked, Reply, serving
from tests.soak.events import Agenda, Calendar, Tickets
from tests.soak.ground import fill_catalogue, link_of
from tests.soak.oracle import of_link
from tests.soak.shop import Shop
from tests.soak.source import Answer, Source
from tests.soak.sources import hosts_of
from tests.workers.conftest import Scene
from tests.workers.scripted import Partner
from workers.visits import Site

Fault = Callable[[str, Answer], Answer]
"""What becomes of the answer to an address."""


@dataclass
class Stand:
    """A source on loopback, linked and imported once."""

    scene: Scene
    source: Source
    asked: list[str] = field(default_factory=list)
    fault: Fault = lambda _, answer: answer

    def imports(self, fault: Fault | None = None) -> Any:
        """Read everything, with a fault."""
        self.fault = fault or (lambda _, answer: answer)
        self.asked.clear()
        with redis.Redis.from_url(self.scene.site.broker_url) as client:
            client.flushdb()  # the request budget is not what this is about
        return self.scene.run(mode="full")

    def shown(self) -> list[Any]:
        return self.scene.db.execute(
            """SELECT offer.id, offer.title, stock.id AS stock, stock.starts_at, stock.quantity
               FROM offer JOIN stock ON stock.offer_id = offer.id
               WHERE offer.active AND stock.active ORDER BY 1, 3"""
        ).fetchall()

    def amiss(self) -> list[str]:
        """What is not as the source lists it."""
        said = {"offers": self.source.expected(), "quarantined": self.source.quarantined()}
        return list(of_link(self.scene.db, self.scene.link, self.source, said))


@pytest.fixture
def stand(request: Any, db: Connection, database_url: str, services_for_tests: Any, tmp_path: Path):
    """The parameter is the kind of source."""
    source: Source = request.param(0, Random(7))

    def answer(asked: Asked) -> Reply:
        stand.asked.append(asked.target)
        said = stand.fault(asked.target, source.answer(asked.target, list))
        return said.status, {"Content-Type": said.kind}, said.body

    with serving(answer) as address:
        settings = RuntimeSettings(data_dir=tmp_path, host_map=dict.fromkeys(hosts_of([source]), address))
        site = Site(database_url, services_for_tests.broker_url, settings)
        fill_catalogue(db)
        stand = Stand(Scene(db, site, Partner(), 0, link_of(db, site, source)), source)
        assert stand.imports()["status"] in {"succeeded", "partial"}
        assert stand.amiss() == []
        yield stand


def kind(source: type[Source]) -> Any:
    return pytest.mark.parametrize("stand", [source], indirect=True, ids=[source.provider])


def said(path: str, **changes: Any) -> Fault:
    """Change what is said in the JSON documents whose path matches; a change may be a function."""

    def change(address: str, answer: Answer) -> Answer:
        if not re.search(path, urlsplit(address).path):
            return answer
        document = json.loads(answer.body)
        for key, value in changes.items():
            document[key] = value(document, address) if callable(value) else value
        return replace(answer, body=json.dumps(document).encode())

    return change


def every(name: str, value: Any, rows: str) -> Callable[[Any, str], Any]:
    """Say something else in every row of a list."""
    return lambda document, _: [row | {name: value} for row in document[rows]]


def without_times(_: str, answer: Answer) -> Answer:
    return replace(answer, body=answer.body.replace(b"DTSTART:", b"DTSTART:quand "))


def bounded(stand: Stand, most: int) -> bool:
    return len(stand.asked) <= most


# Open Agenda: the details have pages


@kind(Agenda)
@pytest.mark.parametrize(
    "fault",
    [
        said("v2.json$", after=["1"]),
        said(
            "v2.json$", after=lambda _, address: dict(parse_qsl(urlsplit(address).query)).get("after[]", "1")
        ),
        said("v2.json$", total=1_000_000),
        said("v2.json$", total=-1),
        said("v2.json$", events=lambda document, _: document["events"] * 2),
    ],
    ids=["a next that loops", "a page that never advances", "many announced", "less than none", "twice"],
)
def test_an_agenda_whose_pages_go_wrong_is_read_all_the_same(stand, fault):
    run = stand.imports(fault)
    assert (run["status"], run["detail"]) == ("succeeded", "")
    assert bounded(stand, 4)
    assert stand.amiss() == []


@kind(Agenda)
def test_details_that_are_all_invalid_leave_the_last_ones_in_force(stand):
    shown = stand.shown()
    run = stand.imports(said("v2.json$", events=every("uid", None, "events")))
    assert run["status"] == "succeeded"
    assert stand.shown() == shown


# what each item of a page is told so that none can be read


@pytest.mark.parametrize(
    ("stand", "fault"),
    [
        (Agenda, without_times),
        (Calendar, without_times),
        (Tickets, said("/subevents/$", results=every("date_from", "quand ?", "results"))),
        (Shop, said("/stocks/", stocks=every("available", "beaucoup", "stocks"))),
    ],
    indirect=["stand"],
    ids=["openagenda", "ical", "pretix", "stock-api"],
)
def test_a_page_of_which_nothing_can_be_read_takes_nothing_away(stand, fault):
    shown = stand.shown()
    run = stand.imports(fault)
    assert run["status"] == "partial", (run["status"], run["detail"])
    assert run["counters"]["items"]["quarantined"] >= len(stand.source.expected())
    assert stand.shown() == shown
    stand.imports()
    assert stand.amiss() == []


# pretix: `next` and `count`


def other(address: str, page: int) -> str:
    return f"https://pretix.eu{urlsplit(address).path}?page_size=50&page={page}"


def following(address: str) -> int:
    return int(dict(parse_qsl(urlsplit(address).query)).get("page", 1)) + 1


@kind(Tickets)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (said("/events/$", next=lambda _, address: other(address, 1)), "next_repeats"),
        (said("/events/$", next=lambda _, address: other(address, following(address))), "listing_moved"),
        (said("/events/$", count=99), "listing_moved"),
    ],
    ids=["a next that loops", "pages without end", "a count that lies"],
)
def test_a_ticket_office_whose_lists_do_not_end_is_an_error_and_takes_nothing_away(stand, fault, code):
    shown = stand.shown()
    source = stand.source.answer

    def all_pages_alike(address: str, spoil: Any) -> Answer:
        return source(address.replace("page=", "seite="), spoil)

    stand.source.answer = all_pages_alike
    run = stand.imports(fault)
    assert (run["status"], run["error_code"]) == ("failed", code)
    assert bounded(stand, 5)
    assert stand.shown() == shown


@kind(Tickets)
def test_an_event_that_is_listed_twice_is_one_offer(stand):
    twice = said(
        "/events/$",
        results=lambda document, _: document["results"] * 2,
        count=lambda document, _: len(document["results"]),
    )
    assert stand.imports(twice)["status"] == "succeeded"
    assert stand.amiss() == []


# one document, and a list that goes on after a code


@kind(Calendar)
def test_a_calendar_that_says_everything_twice_has_each_event_once(stand):
    def twice(_: str, answer: Answer) -> Answer:
        head, _, rest = answer.body.partition(b"BEGIN:VEVENT")
        events, _, end = rest.rpartition(b"END:VCALENDAR")
        return replace(answer, body=head + (b"BEGIN:VEVENT" + events) * 2 + b"END:VCALENDAR" + end)

    run = stand.imports(twice)
    assert (run["status"], run["counters"]["items"]["read"]) == ("succeeded", len(stand.source.expected()))
    assert stand.amiss() == []


@kind(Shop)
@pytest.mark.parametrize("total", [0, 1, 10_000_000, "beaucoup"])
def test_a_total_that_lies_changes_nothing(stand, total):
    pages = len(stand.asked)
    assert stand.imports(said("/stocks/", total=total))["status"] == "partial"
    assert len(stand.asked) == pages
    assert stand.amiss() == []


@kind(Shop)
def test_of_a_book_on_two_pages_the_later_line_counts(stand):
    first = {"ref": min(stand.source.expected()), "available": 7}

    def again(document: Any, address: str) -> Any:
        rows = document["stocks"]
        return [*rows[:1], first, *rows[1:]] if "after=" in address and len(rows) > 1 else rows

    run = stand.imports(said("/stocks/", stocks=again))
    assert run["status"] == "partial"
    row = stand.scene.db.execute(
        """SELECT remaining_at_provider AS copies FROM stock JOIN offer ON offer.id = offer_id
           JOIN product ON product.id = product_id WHERE ean = %s""",
        [first["ref"]],
    ).fetchone()
    assert row == {"copies": 7}
    stand.imports()
    assert stand.amiss() == []


@kind(Shop)
@pytest.mark.parametrize("size", [9, 100], ids=["its first page", "its whole list"])
def test_a_list_that_takes_no_notice_of_after_is_an_error_and_takes_nothing_away(stand, size):
    shown = stand.shown()
    honest = stand.source.answer
    stand.source.a_page = size
    stand.source.answer = lambda address, spoil: honest(address.replace("after=", "nach="), spoil)
    run = stand.imports()
    assert (run["status"], run["error_code"]) == ("failed", "after_ignored")
    assert bounded(stand, 3)
    assert stand.shown() == shown
