"""Links of one feed share its answers: one request serves them all, and nobody gets what is not theirs."""

import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from providers.http import Download, PoliteClient, Shelf
from tests.providers.loopback import Partner, answer, head, raw

NOW = datetime(2027, 3, 12, 14, 5, tzinfo=UTC)
URL = "https://feed.example/agenda"
KEPT = timedelta(minutes=5)


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as started:
        yield started


class Town:
    """Runs of links of one town agenda, each with a client of its own."""

    def __init__(self, partner: Partner, folder: Path) -> None:
        self.partner, self.folder, self.spooled = partner, folder, 0

    def client(self, at: datetime = NOW, *, validators: Any = None, **words: Any) -> PoliteClient:
        return PoliteClient(
            clock=lambda: at,
            host_map={"feed.example": self.partner.base},
            validators=validators,
            shelf=Shelf(self.folder / "shelf", KEPT, **words),
        )

    def download(self, at: datetime = NOW, url: str = URL, **words: Any) -> Download | None:
        self.spooled += 1
        with self.client(at, **words) as client:
            return client.download(url, self.folder / f"spool{self.spooled}")


@pytest.fixture
def town(partner: Partner, tmp_path: Path) -> Town:
    partner.says(answer(b"agenda", ETag='"1"'), answer(b"later", ETag='"2"'))
    return Town(partner, tmp_path)


def test_one_download_serves_thirty_links(town: Town) -> None:
    got = [town.download(NOW + timedelta(seconds=number)) for number in range(30)]
    assert {each.path.read_bytes() for each in got if each} == {b"agenda"}
    assert len({each.path for each in got if each}) == 30
    assert {each.requested_at for each in got if each} == {NOW}  # when the partner was really asked
    assert len({each.sha256 for each in got if each}) == 1
    assert len(town.partner.requests) == 1


def test_after_a_few_minutes_the_partner_is_asked_again(town: Town) -> None:
    town.download()
    later = town.download(NOW + KEPT + timedelta(seconds=1))
    assert later is not None
    assert later.path.read_bytes() == b"later"


def test_each_link_gets_the_validators_of_what_it_was_given(town: Town) -> None:
    town.download()
    with town.client() as client:
        client.download(URL, town.folder / "mine")
        mine = client.fresh_validators
    assert next(iter(mine.values()))["etag"] == '"1"'
    assert town.download(validators=mine) is None  # it has that already
    assert len(town.partner.requests) == 1


def test_what_is_not_modified_is_good_for_the_others_again(town: Town) -> None:
    with town.client() as client:
        client.download(URL, town.folder / "mine")
        mine = client.fresh_validators
    town.partner.says(raw(head(304, {"ETag": '"1"'})))
    later = NOW + timedelta(minutes=20)
    assert town.download(later, validators=mine) is None
    served = town.download(later + timedelta(seconds=3))
    assert served is not None
    assert (served.path.read_bytes(), served.requested_at) == (b"agenda", later)


def test_who_waits_for_a_run_asks_anew_and_leaves_the_answer_to_the_others(town: Town) -> None:
    town.download()
    fresh = town.download(NOW + timedelta(seconds=1), reads=False)
    then = town.download(NOW + timedelta(seconds=2))
    assert [each and each.path.read_bytes() for each in (fresh, then)] == [b"later", b"later"]


def test_an_answer_from_before_the_links_last_visit_is_none(town: Town) -> None:
    town.download()
    newer = town.download(NOW + timedelta(minutes=2), newer_than=NOW + timedelta(minutes=1))
    assert newer is not None
    assert newer.path.read_bytes() == b"later"


def test_small_answers_are_shared_too_by_their_whole_address(town: Town) -> None:
    with town.client() as one, town.client() as other:
        assert one.get(f"{URL}?page=1").content == b"agenda"
        shared = other.get(f"{URL}?page=1")
        assert (shared.content, shared.headers["etag"], other.requests) == (b"agenda", '"1"', 0)
        assert other.get(f"{URL}?page=2").content == b"later"


def test_what_is_asked_for_with_a_key_is_never_shared(town: Town) -> None:
    for asked in (1, 3):
        with town.client() as client:
            client.get(URL, headers={"Authorization": "Bearer x"})
            client.get(URL.replace("://", "://camille:secret@"))
        assert len(town.partner.requests) == asked + 1
    assert not list(town.folder.rglob("*.body"))


def test_an_error_is_not_kept(town: Town) -> None:
    town.partner.says(answer(b"", 404), answer(b"there"))
    with pytest.raises(Exception, match="404"):
        town.download()
    assert town.download() is not None


def test_who_comes_while_it_is_fetched_waits_for_it(town: Town) -> None:
    asked, go = Event(), Event()

    def slowly(connection: Any, _: Event) -> None:
        asked.set()
        go.wait(60)
        connection.sendall(head(200, {"Content-Length": "6"}) + b"agenda")

    town.partner.says(slowly)
    with ThreadPoolExecutor(4) as executor:
        first = executor.submit(town.download)
        assert asked.wait(60)
        others = [executor.submit(town.download) for _ in range(3)]
        go.set()
        got = [each.result(60) for each in (first, *others)]
    assert [each and each.path.read_bytes() for each in got] == [b"agenda"] * 4
    assert len(town.partner.requests) == 1


def test_who_fetches_and_is_frozen_is_not_waited_for_long(town: Town) -> None:
    town.download()
    (lock,) = (town.folder / "shelf").glob("*.lock")
    with lock.open("w") as frozen:
        fcntl.flock(frozen, fcntl.LOCK_EX)
        later = town.download(NOW + KEPT + timedelta(seconds=1), waits=0.1)
    assert later is not None
    assert later.path.read_bytes() == b"later"


def test_what_is_on_the_shelf_and_cannot_be_read_is_fetched_anew(town: Town) -> None:
    town.download()
    (kept,) = (town.folder / "shelf").glob("*.json")
    kept.write_text("{")
    assert town.download() is not None
    (body,) = [each for each in (town.folder / "shelf").glob("*.body") if each.read_bytes() == b"later"]
    body.unlink()
    assert town.download() is not None
    assert len(town.partner.requests) == 3
