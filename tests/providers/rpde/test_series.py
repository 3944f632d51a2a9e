"""Sessions that only refer to their series, which is in another feed."""

import pytest

from providers.errors import ConfigurationError, DataError
from providers.rpde import PROVIDER
from tests.providers.rpde.open_feed import (
    HOME,
    SERIES,
    Feed,
    Site,
    deleted,
    series,
    session,
    updated,
    visiting,
)

NAME = "https://data.filature.example/rpde/session-series/41"


def two(*entries):
    site = Site(updated("7", session(superEvent=NAME)))
    site.feeds[SERIES] = Feed(list(entries))
    return site


def records(site, tmp_path, **changes):
    visit = visiting(site, tmp_path, series=SERIES, **changes)
    return [PROVIDER.normalise(item, visit)[0] for page in PROVIDER.fetch(visit) for item in page.items]


def test_a_session_takes_the_words_of_the_series_that_it_refers_to(tmp_path):
    (record,) = records(two(updated("41", series(), kind="SessionSeries")), tmp_path)
    assert (record.title, record.place.city, str(record.stocks[0].price.amount)) == (
        "Atelier de gravure",
        "Mulhouse",
        "12.50",
    )


def test_a_reference_may_be_an_object_and_a_series_part_of_another(tmp_path):
    above = {"@type": "EventSeries", "@id": "#season", "name": "Saison 30", "description": "Toute l’année."}
    entries = [
        updated("41", series(description=None, superEvent="#season"), kind="SessionSeries"),
        updated("s", above, kind="EventSeries"),
    ]
    site = two(*entries)
    site.feed.entries = [updated("7", session(superEvent={"@type": "SessionSeries", "@id": NAME}))]
    (record,) = records(site, tmp_path)
    assert (record.title, record.description) == ("Atelier de gravure", "Toute l’année.")


def test_the_newest_of_a_series_counts_and_a_deleted_one_is_gone(tmp_path):
    renamed = updated("41", series(name="Gravure"), 2, kind="SessionSeries")
    site = two(updated("41", series(), 1, kind="SessionSeries"), renamed)
    (record,) = records(site, tmp_path)
    assert record.title == "Gravure"
    site.feeds[SERIES].entries.append(deleted("41", 3, kind="SessionSeries"))
    with pytest.raises(DataError) as refusal:
        records(site, tmp_path)
    assert refusal.value.code == "series_elsewhere"


def test_a_changed_series_changes_the_fingerprint_of_its_sessions(tmp_path):
    def fingerprint(**changes):
        visit = visiting(two(updated("41", series(**changes), kind="SessionSeries")), tmp_path, series=SERIES)
        return [item.fingerprint for page in PROVIDER.fetch(visit) for item in page.items]

    assert fingerprint() == fingerprint(organizer=None)
    assert fingerprint() != fingerprint(name="Gravure")


def test_series_that_refer_to_each_other_end(tmp_path):
    site = two(updated("41", series(superEvent=NAME), kind="SessionSeries"))
    (record,) = records(site, tmp_path)
    assert record.title == "Atelier de gravure"


def test_a_series_feed_that_is_broken_costs_the_run(tmp_path):
    site = two()
    site.pages[SERIES] = b"<html>"
    with pytest.raises(DataError):
        records(site, tmp_path)


def test_the_address_of_the_series_is_a_feed_s_address(tmp_path):
    assert visiting(Site(), tmp_path, series=" data.filature.example/s ").settings.series == (
        "https://data.filature.example/s"
    )
    assert visiting(Site(), tmp_path, series=" ").settings.series is None
    with pytest.raises(ValueError, match="session-series"):
        visiting(Site(), tmp_path, series="jeanne@filature.example")


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        (HOME, HOME),
        ("http://www.Filature.example/rpde", "https://www.filature.example/rpde"),
        (" « filature.example/rpde » ", "https://filature.example/rpde"),
        ("https://filature.example:443", "https://filature.example/"),
        (
            "https://filature.example/r?afterTimestamp=1&afterId=a&limit=5",
            "https://filature.example/r?limit=5",
        ),
        ("https://filature.example/r?afterChangeNumber=12", "https://filature.example/r"),
        ("https://filature.example/r?type=a%20b#top", "https://filature.example/r?type=a%20b"),
    ],
)
def test_what_is_pasted_is_stored_in_one_form(pasted, stored):
    assert PROVIDER.read_identifier(pasted) == stored
    assert PROVIDER.read_identifier(stored) == stored


@pytest.mark.parametrize(
    "pasted",
    ["", "jeanne@filature.example", "ftp://filature.example/x", "filature", "https://u:p@filature.example/x", "deux mots.fr",
     "https://[", "https://a.example/" + "x" * 3_000],
)  # fmt: skip
def test_what_is_no_address_is_refused(pasted):
    with pytest.raises(ConfigurationError):
        PROVIDER.read_identifier(pasted)
