"""Bodies: caps, decompression, text, JSON."""

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

from providers import bodies
from providers.errors import DataError, TransientError

HOST = "feed.example"
MEGABYTE = 1024 * 1024


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def unpacked(body: bytes, encoding: str, size: int = 1000, limit: int = MEGABYTE) -> bytes:
    return b"".join(bodies.decoded(pieces(body, size), encoding, limit, HOST))


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@given(content=binary(max_size=3000), size=integers(1, 50))
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("", bytes),
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("deflate", zlib.compress),
    ],
)
def test_what_was_packed_is_unpacked_however_it_arrives(encoding, pack, content, size) -> None:
    assert unpacked(pack(content), encoding, size) == content


def test_raw_deflate_is_unpacked_too() -> None:
    assert unpacked(raw_deflate(b"hello" * 100), "deflate", 1) == b"hello" * 100


def test_a_gzip_of_several_members_is_one_body() -> None:
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", 7) == b"one two"


def test_padding_after_a_gzip_is_ignored() -> None:
    assert unpacked(gzip.compress(b"one") + b"\0" * 50, "gzip") == b"one"


def test_nothing_at_all_is_an_empty_body_whatever_its_encoding() -> None:
    assert unpacked(b"", "gzip") == b""


@given(kept=integers(1, 60))
def test_a_packed_body_that_ends_too_early_is_cut(kept: int) -> None:
    whole = gzip.compress(bytes(range(256)))
    with pytest.raises(TransientError) as caught:
        unpacked(whole[:kept], "gzip")
    assert caught.value.code == "cut"


def test_a_body_may_be_as_large_as_its_limit() -> None:
    assert len(unpacked(b"x" * 5000, "", limit=5000)) == 5000


@pytest.mark.parametrize("body", [b"x" * 5001, gzip.compress(b"x" * 5001)], ids=["received", "unpacked"])
def test_a_body_may_not_be_larger(body: bytes) -> None:
    with pytest.raises(DataError) as caught:
        unpacked(body, "gzip" if body[:1] == b"\x1f" else "", limit=5000)
    assert caught.value.code == "too_large"
    assert "4 ko" in caught.value.sentence


def test_a_bomb_is_stopped_by_its_ratio_long_before_the_limit() -> None:
    bomb = gzip.compress(b"\0" * (20 * MEGABYTE))
    sizes: list[int] = []
    with pytest.raises(DataError) as caught:
        sizes.extend(map(len, bodies.decoded([bomb], "gzip", 1024 * MEGABYTE, HOST)))
    assert caught.value.code == "too_large"
    assert sum(sizes) < 6 * MEGABYTE


def test_a_repetitive_calendar_is_no_bomb() -> None:
    calendar = b"".join(b"BEGIN:VEVENT\r\nUID:%d\r\nEND:VEVENT\r\n" % number for number in range(60_000))
    assert unpacked(gzip.compress(calendar), "gzip", limit=16 * MEGABYTE) == calendar


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("été".encode(), "", "été"),
        ("été".encode(), "text/plain; charset=UTF-8", "été"),
        ("\ufeffété".encode(), "text/plain", "été"),
        ("\ufeffété".encode(), "text/plain; charset=iso-8859-1", "été"),
        ("été".encode("latin-1"), "text/plain; charset=ISO-8859-1", "été"),
        ("l’œuvre à 5 €".encode("cp1252"), 'text/plain; charset="iso-8859-1"', "l’œuvre à 5 €"),
        ("été".encode("utf-16"), "text/plain; charset=utf-16", "été"),
        ("été".encode(), "text/plain; charset=klingon", "été"),
        (b"a+AOk-", "text/plain; charset=utf-7", "a+AOk-"),
    ],
)
def test_text_is_decoded_as_declared(content: bytes, content_type: str, text: str) -> None:
    assert bodies.as_text(content, content_type, HOST) == text


def test_text_in_another_charset_than_declared_is_a_data_error() -> None:
    with pytest.raises(DataError) as caught:
        bodies.as_text("été".encode("latin-1"), "text/plain", HOST)
    assert (caught.value.code, caught.value.head) == ("undecodable", "été".encode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        '{"a": NaN}',
        "[Infinity]",
        "1" * 5000,
        "1e" + "9" * 30,
        "[" * 66 + "]" * 66,
        "[" * 100_000,
        '{"a":' * 5000 + "1" + "}" * 5000,
    ],
    ids=["empty", "html", "nan", "infinity", "digits", "exponent", "depth 66", "depth 100000", "objects"],
)
def test_what_is_not_reasonable_json_is_a_data_error(text: str) -> None:
    with pytest.raises(DataError) as caught:
        bodies.as_json(text, text.encode(), HOST)
    assert caught.value.code == "not_json"
    assert caught.value.head == text.encode()[:2048]


def test_json_may_be_as_deep_as_the_limit() -> None:
    text = "[" * bodies.JSON_DEPTH + "]" * bodies.JSON_DEPTH
    assert bodies.as_json(text, b"", HOST) is not None


def test_the_last_of_two_keys_counts() -> None:
    assert bodies.as_json('{"a": 1, "a": 2}', b"", HOST) == {"a": 2}


@pytest.mark.parametrize(("size", "words"), [(64 * MEGABYTE, "64 Mo"), (2048, "2 ko"), (10, "10 octets")])
def test_sizes_are_told_in_french(size: int, words: str) -> None:
    assert bodies.size_in_words(size) == words


def test_a_file_appears_only_when_it_is_written(tmp_path: Path) -> None:
    with bodies.spooled(tmp_path / "feed") as file:
        file.write(b"all of it")
        assert not (tmp_path / "feed").exists()
    assert (tmp_path / "feed").read_bytes() == b"all of it"
    assert len(list(tmp_path.iterdir())) == 1
