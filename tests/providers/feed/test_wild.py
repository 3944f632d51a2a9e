"""Whatever stands in a feed, its entries are read or put aside; nothing else is ever raised."""

from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.base import VenueFacts, Visit
from providers.errors import DataError, PartnerError
from providers.feed import PROVIDER
from providers.http import Download, PoliteClient
from providers.records import dump, load
from providers.settings import OfferDefaults
from tests.providers.feed.test_feed import NOW, rss

PIECES = (
    *("<ev:startdate>", "</ev:startdate>", "2030-02-01", "T20:00:00", "<guid>1</guid>", "<link>", "</link>"),
    *("http://[::1", "/a.jpg", '<enclosure url="/a.jpg"/>', '<media:content url="x" medium="image"/>', "&"),
    *(
        '<gd:when startTime="2030-02-01"/>',
        '<gd:where valueString="Ici"/>',
        "<georss:point>1 2</georss:point>",
    ),
    *(
        "<geo:lat>x</geo:lat><geo:long>9</geo:long>",
        "<item>",
        "</item>",
        "<![CDATA[",
        "]]>",
        "\0",
        "&eacute;",
    ),
    *(
        "<title>",
        "</title>",
        "<mec:startHour>25h</mec:startHour>",
        "<mec:startDate>2030-02-01</mec:startDate>",
    ),
)
entries = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map("".join)


class Site(PoliteClient):
    """Answers with a feed, without a network."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.body = body

    def download(self, url, to, **_):
        to.write_bytes(self.body)
        return Download(to, "", len(self.body), {"Content-Type": "application/rss+xml"}, url, NOW)


@given(st.lists(entries, max_size=3), st.binary(max_size=3), st.integers(0, 2_000))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_feed_is_read_or_refused(tmp_path_factory, inside, damage, at):
    body = rss(*inside)
    body = body[:at] + damage + body[at + len(damage) :]
    to = Visit(
        "https://site.example/feed",
        OfferDefaults(),
        lambda: NOW,
        Site(body),
        Path(tmp_path_factory.getbasetemp()),
        VenueFacts("Ici"),
    )
    with suppress(PartnerError):
        (page,) = PROVIDER.fetch(to)
        assert page.unidentified
        for item in page.items:
            with suppress(DataError):
                (record,) = PROVIDER.normalise(item, to)
                assert load(dump(record)) == record
