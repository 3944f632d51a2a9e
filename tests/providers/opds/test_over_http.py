"""The adapter over the real client and a loopback server: what reaches the wire, and what comes back."""

from providers.http import PoliteClient
from providers.opds import PROVIDER
from providers.records import ProductRecord
from tests.providers.loopback import Partner, answer, redirect
from tests.providers.opds.catalogue import FIXTURES, is_whole, page, pages, section, visit
from tests.providers.opds.catalogue import feed as feed_of


def test_a_catalogue_is_imported_from_its_root_to_its_last_page(tmp_path):
    with Partner() as partner:
        partner.says(
            redirect("/catalogue/racine.xml"),
            answer(feed_of(section("tous.xml")), ETag='"1"'),
            answer((FIXTURES / "catalogue_1.xml").read_bytes().replace(b"Results>3", b"Results>4")
                   .replace(b'<link rel="self"', b'<link rel="next" href="?page=2"/><link rel="self"')),
            answer(page(9)),
        )  # fmt: skip
        with PoliteClient(host_map={"larive.example": partner.base}) as client:
            to = visit(client, tmp_path, username="larive", password="pont")
            found = pages(to)
    records = [PROVIDER.normalise(item, to)[0] for each in found for item in each.items]
    assert [request.target for request in partner.requests] == [
        "/opds/tous.xml",
        "/catalogue/racine.xml",
        "/catalogue/tous.xml",
        "/catalogue/tous.xml?page=2",
    ]
    assert {request.headers["authorization"] for request in partner.requests} == {"Basic bGFyaXZlOnBvbnQ="}
    assert [isinstance(record, ProductRecord) for record in records] == [True, True, False, True]
    assert records[0].cover_url == "https://larive.example/couvertures/1.jpg"
    assert is_whole(found)
    assert client.fresh_validators == {}
