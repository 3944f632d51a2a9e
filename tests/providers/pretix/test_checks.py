"""What `check` says of a shop, by name and in French."""

import pytest

from providers.base import CheckState
from providers.pretix import PROVIDER
from tests.providers.pretix.box_office import BoxOffice, Sells, date, event, item, quota, series, visiting


def checked(office, tmp_path, **changes):
    with visiting(office, tmp_path, **changes) as visit:
        return {check.name: check for check in PROVIDER.check(visit)}


def season() -> BoxOffice:
    office = BoxOffice()
    office.puts(
        Sells(event("a")),
        Sells(
            series("b"), dates=[date(11), date(12), date(13, active=False)], quotas=[quota(21, subevent=11)]
        ),
        Sells(event("c")),
        Sells(event("d")),
        Sells(event("e", live=False)),
    )
    return office


def test_a_shop_is_described_with_three_offers(tmp_path):
    found = checked(season(), tmp_path)
    assert list(found) == ["key", "events", "samples"]
    assert {check.state for check in found.values()} == {CheckState.OK}
    assert found["key"].sentence == "Clé acceptée par pretix\u00a0: «\u00a0Théâtre de l’Écluse\u00a0»."
    assert found["key"].facts == {"title": "Théâtre de l’Écluse"}
    assert found["events"].sentence == "4 évènements en vente, 5 dates à venir."
    assert [sample.ref for sample in found["samples"].samples] == ["ecluse/a", "ecluse/b", "ecluse/c"]


def test_a_single_event_is_described_too(tmp_path):
    found = checked(season(), tmp_path, identifier="https://pretix.eu/ecluse/b")
    assert found["events"].sentence == "1 évènement en vente, 2 dates à venir."


def test_a_refused_key_has_its_sentence(tmp_path):
    found = checked(season(), tmp_path, token="x" * 64)
    assert list(found) == ["key"]
    assert found["key"].state is CheckState.FAILED
    assert found["key"].sentence.startswith("Clé refusée par pretix.")


def test_another_organiser_is_not_found(tmp_path):
    found = checked(season(), tmp_path, identifier="https://pretix.eu/autre")
    assert found["organiser"].state is CheckState.FAILED
    assert "«\u00a0autre\u00a0»" in found["organiser"].sentence


def test_another_site_is_not_pretix(tmp_path):
    office = BoxOffice(refuse=lambda _: (200, {"Content-Type": "text/html"}, b"<html>Bienvenue</html>"))
    found = checked(office, tmp_path)
    assert "ne répond pas comme un pretix" in found["organiser"].sentence


@pytest.mark.parametrize(
    ("sold", "name", "words"),
    [
        (Sells(event(live=False)), "events", "mode test"),
        (Sells(event(), [item(1, require_voucher=True)]), "samples", "Aucun des premiers"),
        (Sells(event(date_from="hier")), "events", "Aucun évènement"),
    ],
)
def test_a_shop_that_would_bring_nothing_says_so(tmp_path, sold, name, words):
    office = BoxOffice()
    office.puts(sold)
    check = checked(office, tmp_path)[name]
    assert check.state is CheckState.WARNING
    assert words in check.sentence
