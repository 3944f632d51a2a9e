"""What `check` says of an account, by name and in French."""

import pytest

from providers.base import CheckState
from providers.billetweb import PROVIDER
from tests.providers.billetweb.counter import REUNION, Counter, Sells, date, event, series, ticket, visiting


def checked(counter, tmp_path, **changes):
    with visiting(counter, tmp_path, **changes) as visit:
        return {check.name: check for check in PROVIDER.check(visit)}


def season() -> Counter:
    counter = Counter()
    counter.puts(
        Sells(event("1")),
        Sells(series("2"), [date()]),
        Sells(event("3")),
        Sells(event("4")),
        Sells(event("5", online="0")),
    )
    return counter


def test_an_account_is_described_with_three_offers(tmp_path):
    found = checked(season(), tmp_path)
    assert list(found) == ["key", "events", "samples"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["key"].sentence == "Clé acceptée par Billetweb."
    assert found["events"].sentence == "4 évènements en ligne."
    assert [sample.ref for sample in found["samples"].samples] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"key": "x" * 32}, "key", "Clé refusée par Billetweb."),
        ({"identifier": "tous"}, "key", "Indiquez l’utilisateur de l’API"),
        ({"identifier": "cyrano", "user": "16254"}, "events", "«\u00a0cyrano\u00a0»"),
    ],
)
def test_what_a_person_must_change_is_said(tmp_path, changes, name, words):
    found = checked(season(), tmp_path, **changes)
    assert list(found) == [name]
    assert found[name].state is CheckState.FAILED
    assert words in found[name].sentence


def test_a_venue_that_lives_by_another_clock_is_asked_to_look_at_the_hours(tmp_path):
    found = checked(season(), tmp_path, venue=REUNION)
    assert found["times"].state is CheckState.WARNING
    assert "heure de Paris" in found["times"].sentence
    assert checked(season(), tmp_path, venue=REUNION, times="lieu")["times"].state is CheckState.OK


@pytest.mark.parametrize(
    ("sold", "name", "words"),
    [
        (Sells(event(online="0")), "events", "Aucun évènement à venir"),
        (Sells(event(), [], [ticket(visibility="2")]), "samples", "Aucun des premiers"),
        (Sells(series(), [date("9", "2029-01-01 20:00:00")]), "samples", "Aucun des premiers"),
        (Sells(event(start="hier")), "samples", "Aucun des premiers"),
    ],
)
def test_an_account_that_would_bring_nothing_says_so(tmp_path, sold, name, words):
    counter = Counter()
    counter.puts(sold)
    check = checked(counter, tmp_path)[name]
    assert check.state is CheckState.WARNING
    assert words in check.sentence
