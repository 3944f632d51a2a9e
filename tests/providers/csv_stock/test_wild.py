"""Whatever the file, a line is read or put aside, the file is read or refused, and no line is lost."""

from contextlib import suppress
from datetime import timedelta
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.base import Item
from providers.csv_stock import PROVIDER
from providers.csv_stock.writing import records
from providers.errors import DataError, PartnerError
from providers.records import LeftOut, StockLevel, dump, load
from tests.providers.csv_stock.shop import E1, E2, FIXTURES, Site, visit
from workers import payloads

EXPORT = (FIXTURES / "export_caisse.csv").read_bytes()

cells = st.text(max_size=8) | st.sampled_from(
    [E1, E2, "9,78E+12", "", '"', '""', '"a', 'a"', "a\nb", "1 234,50 €", "-3", "Total", "EAN", "\0", "\r", '="1"']
)  # fmt: skip
tables = st.lists(st.lists(cells, max_size=4).map(";".join), max_size=8).map("\n".join)


@st.composite
def mutated(draw):
    body = bytearray(EXPORT)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(body)))
        cut = draw(st.integers(0, 20))
        body[at : at + cut] = draw(
            st.binary(max_size=6) | st.sampled_from([b"\n", b";", b'"', b"\r", b"\0", b"E+"])
        )
    return bytes(body)


def read(item: Item, to) -> None:
    try:
        (record,) = PROVIDER.normalise(item, to)
    except DataError as error:
        assert error.sentence  # noqa: PT017
    else:
        assert isinstance(record, StockLevel | LeftOut)
        assert record.ref == item.ref
        assert load(dump(record)) == record
    item.ref.encode()
    assert "\0" not in item.ref
    assert payloads.dump(item.payload) is not None


@given(mutated() | (tables.map(lambda table: "EAN;Stock;Prix\n" + table) | tables).map(str.encode) | st.binary(max_size=200))  # fmt: skip
@settings(max_examples=300, deadline=timedelta(seconds=30), suppress_health_check=[HealthCheck.too_slow])
def test_any_file_is_read_or_refused(tmp_path_factory, body):
    to = visit(Site(body), tmp_path_factory.getbasetemp())
    with suppress(PartnerError):
        for page in PROVIDER.fetch(to):
            for item in page.items:
                read(item, to)


@given(
    st.dictionaries(st.sampled_from(["ref", "available", "price"]), cells | st.none() | st.integers())
    | st.none()
    | cells
)
def test_any_payload_is_read_or_put_aside(payload):
    with suppress(DataError):
        (record,) = PROVIDER.normalise(Item(E1, b"", payload, "level"), visit(Site(), None))
        assert load(dump(record)) == record


@given(st.binary(max_size=300) | tables.map(lambda table: table.encode("utf-8", "replace")))
def test_records_are_the_file_s_bytes_and_their_lines_its_lines(body):
    found = list(records(BytesIO(body), b";"))
    assert b"".join(record.body for record in found) == body
    line = 1
    for record in found:
        assert record.line == line
        line += record.body.count(b"\n")
