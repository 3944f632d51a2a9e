"""Single documents: XML and CSV as they come, and their items page by page."""

from datetime import UTC, datetime

import pytest

from providers.base import Item, Visit
from providers.declared.documents import elements, pages_of, rows, texts_of
from providers.errors import DataError, TransientError
from providers.http import Download, PoliteClient
from providers.settings import ProviderSettings

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def file(tmp_path):
    def written(body: bytes):
        path = tmp_path / "document"
        path.write_bytes(body)
        return path

    return written


def events(path):
    return [texts_of(event) for event in elements(path, "all", "event")]


def test_elements_are_given_one_after_the_other_whatever_their_namespace(file):
    body = b'<all xmlns="urn:x"><event><a>1</a><a>2</a><b> <i>x</i> y</b></event><other/><event><a>3</a></event></all>'
    assert events(file(body)) == [{"a": "1", "b": "x y"}, {"a": "3"}]


def test_elements_read_are_forgotten(file):
    path = file(b"<all>" + b"<event><a>1</a></event>" * 20_000 + b"</all>")
    kept = 0
    for event in elements(path, "all", "event"):
        kept = max(kept, len(event.getparent()))
    assert kept < 4_000  # what the parser reads at once


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", TransientError),
        (b"<all><event><a>1</a></event>", TransientError),
        (b"<all><event></all>", TransientError),
        (b"<html><body>Maintenance</body></html>", DataError),
        (b"<html lang=fr>", DataError),
        (b'{"a": 1}', DataError),
    ],
)
def test_a_document_that_is_cut_or_another_is_refused(file, body, error):
    with pytest.raises(error):
        events(file(body))


def test_entities_are_not_expanded(file):
    secret = b'<!DOCTYPE all [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "boum">]>'
    (event,) = events(file(secret + b"<all><event><a>&x;&y;</a></event></all>"))
    assert event["a"] == "&x;&y;"


@pytest.mark.parametrize(
    "body",
    [
        "a;b\n1;é\n\n2;\n".encode(),
        "a;b\r\n1;é\r\n2;\r\n".encode("cp1252"),
        "\ufeffa,b\n1,é\n2,".encode(),
        "b\ta\né\t1\n\t2\n".encode(),
        'a;b\n"1";"é"\n2;;trop\n'.encode(),
    ],
)
def test_rows_are_known_by_their_columns(file, body):
    found = list(rows(file(body), ("a", "b")))
    assert [(row["a"], row["b"]) for row in found] == [("1", "é"), ("2", "")]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", TransientError),
        (b"a;b\n1;2\n3", TransientError),
        (b"<html>", DataError),
        (b"a;c\n1;2\n", DataError),
        (b"a;b\n" + b"x" * 200_000 + b";1\n", DataError),
    ],
)
def test_a_list_that_is_cut_or_another_is_refused(file, body, error):
    with pytest.raises(error):
        list(rows(file(body), ("a", "b")))


def visit(path, **changes):
    return Visit("1", ProviderSettings(), lambda: NOW, PoliteClient(), path, **changes)


def paged(path, sha256="abc", most=2, cursor=None):
    download = Download(path, sha256, 1, {}, "https://x.example", NOW)
    items = (Item(str(number), b"x" * 16, {}) for number in range(5))
    return list(pages_of(download, items, visit(path, cursor=cursor), most))


def test_items_come_page_by_page_and_the_last_says_so(tmp_path):
    pages = paged(tmp_path)
    assert [[item.ref for item in page.items] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]
    assert [page.last for page in pages] == [False, False, True]
    assert [page.cursor["number"] for page in pages] == [2, 4, 5]


def test_a_traversal_goes_on_in_the_same_document_and_starts_anew_in_another(tmp_path):
    first = paged(tmp_path)[0]
    rest = paged(tmp_path, cursor=first.cursor)
    assert [item.ref for page in rest for item in page.items] == ["2", "3", "4"]
    assert not any(page.restarted for page in rest)
    anew = paged(tmp_path, sha256="def", cursor=first.cursor)
    assert [page.restarted for page in anew] == [True, False, False]
    assert sum(len(page.items) for page in anew) == 5


def test_a_document_of_nothing_is_a_complete_one(tmp_path):
    (page,) = pages_of(Download(tmp_path, "abc", 1, {}, "https://x.example", NOW), [], visit(tmp_path), 2)
    assert page.last
    assert not page.items
