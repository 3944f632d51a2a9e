"""Which entries of which feeds are events, and when they take place."""

from datetime import UTC, datetime

import pytest

from models.vocabulary import Reason
from providers.base import CheckState, VenueFacts, Visit
from providers.errors import DataError, TransientError
from providers.feed import PROVIDER
from providers.http import PoliteClient
from providers.records import LeftOut
from providers.settings import OfferDefaults
from tests.providers.loopback import Partner, answer

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
NAMES = (
    'xmlns:ev="http://purl.org/rss/1.0/modules/event/" xmlns:xcal="urn:ietf:params:xml:ns:xcal" '
    'xmlns:gd="http://schemas.google.com/g/2005" xmlns:mec="http://webnus.net/rss/mec/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)


def rss(*items: str) -> bytes:
    inside = "".join(
        f"<item><title>Un bal</title><guid>{number}</guid>{each}</item>" for number, each in enumerate(items)
    )
    return f'<?xml version="1.0"?><rss version="2.0" {NAMES}><channel>{inside}</channel></rss>'.encode()


@pytest.fixture
def read(tmp_path):
    """The records of a feed, by ref."""

    def reading(body: bytes, **headers: str):
        with Partner() as site:
            site.says(answer(body, **headers))
            client = PoliteClient(host_map={"site.example": site.base}, sleep=lambda _: None)
            to = Visit(
                "https://site.example/feed", OfferDefaults(), lambda: NOW, client, tmp_path, VenueFacts("Ici")
            )
            reading.checks = None
            (page,) = PROVIDER.fetch(to)
            reading.page = page
            return {item.ref: PROVIDER.normalise(item, to)[0] for item in page.items}

    return reading


@pytest.mark.parametrize(
    ("said", "starts"),
    [
        ("<ev:startdate>2030-02-01T20:00+01:00</ev:startdate>", "2030-02-01T20:00:00+01:00"),
        ("<ev:startDate>Fri, 01 Feb 2030 20:00:00 +0100</ev:startDate>", "2030-02-01T20:00:00+01:00"),
        ("<ev:startdate>2030-02-01T20:00:00</ev:startdate>", "2030-02-01T20:00:00+01:00"),
        ("<xcal:dtstart>20300201T190000Z</xcal:dtstart>", "2030-02-01T19:00:00+00:00"),
        ('<gd:when startTime="2030-02-01T20:00:00+01:00"/>', "2030-02-01T20:00:00+01:00"),
        ("<mec:startDate>2030-02-01</mec:startDate><mec:startHour>8:00 pm</mec:startHour>", "2030-02-01T20:00:00+01:00"),
        ("<mec:startDate>2030-02-01</mec:startDate><mec:startHour>20h30</mec:startHour>", "2030-02-01T20:30:00+01:00"),
        ('<x:dtstart xmlns:x="urn:ietf:params:xml:ns:xcal">20300201T200000</x:dtstart>', "2030-02-01T20:00:00+01:00"),
        ("<ev:startdate>2030-02-01</ev:startdate>", "2030-02-01T00:00:00+01:00"),
    ],
)  # fmt: skip
def test_an_event_module_says_when(read, said, starts):
    (stock,) = read(rss(said))["0"].stocks
    assert stock.ref == "single"
    assert stock.starts_at.isoformat() == starts


def test_a_day_without_an_hour_is_a_whole_day(read):
    (stock,) = read(rss("<ev:startdate>2030-02-01</ev:startdate>"))["0"].stocks
    assert stock.label == "Toute la journée"


def test_the_day_of_publication_is_not_the_day_of_the_event(read):
    found = read(rss("<pubDate>Fri, 01 Feb 2030 20:00:00 +0100</pubDate>"))
    assert found["0"] == LeftOut("0", Reason.NO_DATE)


def test_what_is_over_is_left_out_and_what_is_no_date_put_aside(read):
    assert read(rss("<ev:startdate>2029-02-01T20:00:00Z</ev:startdate>"))["0"] == LeftOut("0", Reason.OVER)
    with pytest.raises(DataError):
        read(rss("<ev:startdate>samedi prochain</ev:startdate>"))


@pytest.mark.parametrize(
    "said",
    [
        '<enclosure url="https://site.example/a.jpg" type="image/jpeg" length="1"/>',
        '<media:content url="https://site.example/a.jpg" medium="image"/>',
        '<media:thumbnail url="https://site.example/a.jpg"/>',
        '<enclosure url="/a.jpg"/>',
        '<enclosure url="/a.pdf" type="application/pdf"/><media:content url="/a.jpg"/>',
    ],
)
def test_an_enclosure_is_the_image(read, said):
    dated = "<ev:startdate>2030-02-01T20:00:00Z</ev:startdate>"
    assert read(rss(dated + said))["0"].image_url == "https://site.example/a.jpg"


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (("0", "Un bal", "/bal"), {"0": ["20300201T190000Z", "20300202T190000Z"]}),
        (("0", "Un concert", "/concert"), {"https://site.example/bal": ["single"], "https://site.example/concert": ["single"]}),
        (("0", "Un concert", "/bal"), {}),
        (("x" * 201, "Un concert", "/bal"), {"0": ["single"], "x" * 150 + "-12bf1cc881648017342067435dc826c6": ["single"]}),
        (("0", "Un bal", "/bal", "2030-02-01"), {"0": ["single"]}),
    ],
)  # fmt: skip
def test_entries_of_one_guid_are_dates_of_one_event_or_none_is_known_by_it(read, second, found):
    items = [
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>https://site.example{link}</link><ev:startdate>{day}T20:00:00</ev:startdate></item>"
        for guid, title, link, day in (("0", "Un bal", "/bal", "2030-02-01"), (*second, "2030-02-02")[:4])
    ]
    records = read(rss().replace(b"</channel>", "".join([*items, "</channel>"]).encode()))
    assert {ref: [stock.ref for stock in record.stocks] for ref, record in records.items()} == found


def test_a_recording_is_no_image(read):
    said = '<enclosure url="https://site.example/a.mp3" type="audio/mpeg" length="1"/>'
    assert not read(rss("<ev:startdate>2030-02-01T20:00:00Z</ev:startdate>" + said))["0"].image_url


def test_atom_is_read_too(read):
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom" {NAMES}><entry><id>urn:1</id><title>Un bal</title>
    <content type="html">&lt;p&gt;Au bord de l’eau.&lt;/p&gt;</content>
    <gd:when startTime="2030-02-01T20:00:00+01:00" endTime="2030-02-01T22:00:00+01:00"/>
    <gd:where valueString="Salle des fêtes"/></entry></feed>""".encode()
    record = read(body)["urn:1"]
    assert record.description == "Au bord de l’eau."
    assert record.place.name == "Salle des fêtes"
    assert record.stocks[0].ends_at.hour == 22


def test_nothing_is_taken_for_gone_and_an_entry_without_a_name_is_no_item(read):
    body = rss("").replace(b"<guid>0</guid>", b"")
    assert read(body) == {}
    assert read.page.unidentified
    assert read.page.last


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", TransientError),
        (rss("")[:-8], TransientError),
        (b"<!DOCTYPE html><html><body>rss</body></html>", DataError),
        (b'{"version": "https://jsonfeed.org/version/1"}', DataError),
    ],
)
def test_what_is_no_feed_is_refused(read, body, error):
    with pytest.raises(error):
        read(body)


def test_entities_are_not_expanded_and_nothing_is_fetched(read):
    bomb = b'<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    body = rss("<ev:startdate>2030-02-01T20:00:00Z</ev:startdate><description>&b;&c;</description>")
    with pytest.raises(DataError, match="entities"):
        read(body.replace(b'<?xml version="1.0"?>', b'<?xml version="1.0"?>' + bomb))


def test_a_feed_in_latin_1_keeps_its_accents(read):
    body = rss("<ev:startdate>2030-02-01T20:00:00Z</ev:startdate><description>Théâtre</description>").decode()
    declared = body.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="iso-8859-1"?>')
    assert read(declared.encode("latin-1"), Content_Type="application/rss+xml")["0"].description == "Théâtre"


def test_a_feed_of_news_is_told_to_be_one(tmp_path):
    with Partner() as site:
        site.says(answer(rss("")))
        client = PoliteClient(host_map={"site.example": site.base})
        to = Visit("https://site.example/feed", OfferDefaults(), lambda: NOW, client, tmp_path)
        checks = list(PROVIDER.check(to))
    assert [(check.name, check.state) for check in checks] == [
        ("feed", CheckState.OK),
        ("dates", CheckState.WARNING),
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("www.exemple.fr/feed", "https://www.exemple.fr/feed"),
        ("feed://www.exemple.fr/feed/", "https://www.exemple.fr/feed/"),
        ("http://Exemple.fr:80/a?b=c#d", "https://exemple.fr/a?b=c"),
    ],
)
def test_an_address_is_stored_in_one_form(written, read_as):
    assert PROVIDER.read_identifier(written) == read_as
