"""How a file is brought here and read in blocks, where it is gone on with, and what it says of what it lacks."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from providers.csv_stock import PROVIDER
from providers.errors import ConfigurationError, DataError, TransientError
from tests.providers.csv_stock.shop import ADDRESS, E1, E2, E3, NOW, Site, levels, visit

HEAD = b"EAN;Stock\r\n"
LIST = HEAD + b"".join(b"%d;3\r\n" % (9_782_000_000_000 + number) for number in range(2_500))
SMALL = f"EAN;Stock\n{E1};3\n".encode()


def pages(to):
    return list(PROVIDER.fetch(to))


def test_a_file_is_read_in_blocks_of_a_thousand_and_said_to_be_complete(tmp_path):
    found = pages(visit(LIST, tmp_path))
    assert [len(page.items) for page in found] == [1000, 1000, 500]
    assert [page.last for page in found] == [False, False, True]
    assert [page.cursor["line"] for page in found] == [1002, 2002, 2502]
    assert {page.estimate for page in found} == {2501}
    assert {page.requested_at for page in found} == {NOW}
    assert not any(page.unidentified or page.restarted for page in found)


def test_a_block_says_the_same_whatever_stands_around_it(tmp_path):
    """The engine passes over a page whose bytes are known."""
    first, second, _ = pages(visit(LIST, tmp_path))
    again, other, _ = pages(visit(LIST.replace(b"9782000001500;3", b"9782000001500;2"), tmp_path))
    assert first.items.digest == again.items.digest
    assert second.items.digest != other.items.digest
    changed = [
        a.ref for a, b in zip(second.items, other.items, strict=True) if a.fingerprint != b.fingerprint
    ]
    assert changed == ["9782000001500"]


def test_a_block_whose_columns_mean_something_else_is_another(tmp_path):
    body = f"EAN;Stock;Stock réservé\n{E1};3;1\n".encode()
    (before,) = pages(visit(body, tmp_path))
    (after,) = pages(
        visit(body.replace("Stock;Stock réservé".encode(), "Stock réservé;Stock".encode()), tmp_path)
    )
    assert [page.items[0].payload["available"] for page in (before, after)] == ["3", "1"]
    assert before.items.digest != after.items.digest


@pytest.mark.parametrize("first", [1, 2, 3])
def test_it_goes_on_after_any_page(tmp_path, first):
    found = pages(visit(LIST, tmp_path))
    site = Site(LIST)
    rest = pages(visit(site, tmp_path, cursor=found[first - 1].cursor))
    assert site.asked == [(ADDRESS, False)]
    expected = [list(page.items) for page in found[first:]] or [[]]
    assert [list(page.items) for page in rest] == expected
    assert rest[-1].last
    assert not any(page.restarted for page in rest)


def test_a_file_that_was_replaced_meanwhile_is_read_from_the_top(tmp_path):
    cursor = pages(visit(LIST, tmp_path))[0].cursor
    found = pages(visit(LIST + b"9782000009999;1\r\n", tmp_path, cursor=cursor))
    assert [page.restarted for page in found] == [True, False, False]
    assert len(found[0].items) == 1000


def test_what_did_not_change_is_not_read(tmp_path):
    site = Site(None)
    (page,) = pages(visit(site, tmp_path))
    assert (page.unmodified, page.last, list(page.items)) == (True, True, [])
    assert site.asked == [(ADDRESS, True)]


def test_changes_say_nothing_of_what_they_do_not_list(tmp_path):
    assert [page.unidentified for page in pages(visit(LIST, tmp_path, contents="changements"))] == [True] * 3


def test_while_an_ean_is_rounded_nothing_unseen_is_taken_for_gone(tmp_path):
    body = LIST.replace(b"9782000000500;3", b"9,78E+12;3")
    found = pages(visit(body, tmp_path))
    assert [page.unidentified for page in found] == [True] * 3
    later = pages(visit(body, tmp_path, cursor=found[1].cursor))
    assert [page.unidentified for page in later] == [True]


def test_what_only_looks_rounded_in_a_title_changes_nothing(tmp_path):
    body = f"EAN;Titre;Stock\n{E1};9E+12 jours;3\n;Un carnet;4\nABC1;Un stylo;1\n".encode()
    assert not pages(visit(body, tmp_path))[-1].unidentified


def test_the_password_goes_with_the_request(tmp_path):
    site = Site(SMALL)
    pages(visit(site, tmp_path, user="ecluse", password="s3cret"))
    assert site.headers["Authorization"] == "Basic ZWNsdXNlOnMzY3JldA=="


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("refused", "credentials_refused"),
        ("not_found", "file_not_found"),
        ("address_refused", "address_refused"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path, code, meant):
    with pytest.raises(ConfigurationError) as raised:
        pages(visit(ConfigurationError(code, "…"), tmp_path))
    assert raised.value.code == meant


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        (" www.ecluse.example/export/stock.csv ", ADDRESS),
        ("http://www.ecluse.example/export/stock.csv?d=1", ADDRESS + "?d=1"),
        ("folder:Stock", "folder:stock"),
        ("upload:" + "AB" * 32, "upload:" + "ab" * 32),
    ],
)
def test_what_is_pasted_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "identifier_empty"),
        ("file:///srv/stock.csv", "identifier_file"),
        ("/srv/stock.csv", "identifier_file"),
        ("sftp://ecluse.example/stock.csv", "identifier_scheme"),
        ("folder:../secrets", "identifier_unreadable"),
        ("folder:/etc", "identifier_unreadable"),
        ("upload:../../etc/passwd", "identifier_unreadable"),
        ("upload:" + "a" * 63, "identifier_unreadable"),
    ],
)
def test_what_is_no_place_of_a_file_is_refused(pasted, code):
    with pytest.raises(ConfigurationError) as refusal:
        PROVIDER.read_identifier(pasted)
    assert refusal.value.code == code


# --- files on our own disk ---


@pytest.fixture
def deposits(tmp_path):
    (tmp_path / "deposits/stock").mkdir(parents=True)
    (tmp_path / "deposits/uploads").mkdir()
    return tmp_path / "deposits"


def put(path, body, *, ago=timedelta(hours=9)):
    path.write_bytes(body)
    at = (NOW - ago).timestamp()
    os.utime(path, (at, at))
    return path


def read_from(deposits, identifier="folder:stock", **changes):
    return levels(b"", deposits.parent, identifier=identifier, deposits=deposits, **changes)


def test_of_a_folder_the_newest_file_is_read_by_the_date_in_its_name(deposits):
    put(deposits / "stock/stock_20300114.csv", b"EAN;Stock\n%s;1\n" % E1.encode(), ago=timedelta(minutes=5))
    put(deposits / "stock/stock_2030-01-15T0300.csv", b"EAN;Stock\n%s;2\n" % E1.encode())
    put(deposits / "stock/stock 14-01-2030.csv", b"EAN;Stock\n%s;3\n" % E1.encode())
    assert read_from(deposits) == {E1: (2, None)}


def test_without_a_date_it_is_the_one_written_last(deposits):
    put(deposits / "stock/b.csv", b"EAN;Stock\n%s;1\n" % E1.encode(), ago=timedelta(days=2))
    put(deposits / "stock/a.csv", b"EAN;Stock\n%s;2\n" % E1.encode())
    assert read_from(deposits) == {E1: (2, None)}


def test_what_is_being_written_hidden_or_a_link_is_not_read(deposits, tmp_path):
    secret = put(tmp_path / "secret.csv", b"EAN;Stock\n%s;9\n" % E3.encode())
    put(deposits / "stock/20300115.csv", b"EAN;Stock\n%s;9\n" % E2.encode(), ago=timedelta(seconds=5))
    put(deposits / "stock/20300116.csv.part", SMALL)
    put(deposits / "stock/.20300117.csv", SMALL)
    (deposits / "stock/20300118.csv").symlink_to(secret)
    with pytest.raises(TransientError) as raised:
        read_from(deposits)
    assert raised.value.code == "nothing_deposited"
    put(deposits / "stock/20300101.csv", SMALL)
    assert read_from(deposits) == {E1: (3, None)}
    (deposits / "elsewhere").symlink_to(deposits / "stock")
    with pytest.raises(TransientError):
        read_from(deposits, "folder:elsewhere")


def test_what_a_file_says_was_so_when_it_was_written(deposits, tmp_path):
    put(deposits / "stock/a.csv", SMALL)
    (page,) = pages(visit(b"", tmp_path, identifier="folder:stock", deposits=deposits))
    assert page.requested_at == datetime(2030, 1, 15, 3, tzinfo=UTC)
    put(deposits / "stock/a.csv", SMALL, ago=timedelta(days=-3))
    (deposits / "uploads" / ("a" * 64)).mkdir()
    (deposits / "uploads" / ("a" * 64) / "stock.csv").symlink_to(deposits / "stock/a.csv")
    with pytest.raises(TransientError):
        pages(visit(b"", tmp_path, identifier="upload:" + "a" * 64, deposits=deposits))


def test_an_upload_is_read_by_its_digest(deposits):
    (deposits / "uploads" / ("ab" * 32)).mkdir()
    put(deposits / "uploads" / ("ab" * 32) / "stock de la librairie.part", SMALL, ago=timedelta(0))
    assert read_from(deposits, "upload:" + "ab" * 32) == {E1: (3, None)}
    with pytest.raises(TransientError):
        read_from(deposits, "upload:" + "cd" * 32)


def test_without_a_deposit_that_was_opened_no_file_of_ours_is_read(tmp_path):
    for identifier in ("folder:stock", "upload:" + "a" * 64):
        with pytest.raises(ConfigurationError) as raised:
            levels(b"", tmp_path, identifier=identifier)
        assert raised.value.code == "deposits_closed"


def test_changes_in_a_folder_would_be_lost(deposits):
    with pytest.raises(ConfigurationError) as raised:
        read_from(deposits, contents="changes")
    assert raised.value.code == "changes_in_folder"


def test_a_deposited_file_has_a_cap_too(deposits):
    class Narrow(type(PROVIDER)):
        limits = type(PROVIDER).limits.__class__(body=10)

    put(deposits / "stock/a.csv", SMALL)
    with pytest.raises(DataError) as raised:
        list(Narrow().fetch(visit(b"", deposits.parent, identifier="folder:stock", deposits=deposits)))
    assert raised.value.code == "too_large"
