"""What a person may paste for an agenda, and what they are told of anything else."""

import pytest

from providers.errors import ConfigurationError
from providers.openagenda import PROVIDER
from tests.providers.openagenda.agenda import OpenAgenda, visit


@pytest.mark.parametrize(
    "written",
    [
        "47826291",
        "  47826291\n",
        "047826291",
        "47 826 291",
        "n° 47826291",
        "https://openagenda.com/agendas/47826291/events.ics?",
        "https://openagenda.com/agendas/47826291/events.v2.ics",
        "https://openagenda.com/agendas/47826291/events.v2.ics?relative[]=current&relative[]=upcoming",
        "https://openagenda.com/agendas/47826291/events.v2.json?size=20",
        "http://www.openagenda.com/agendas/47826291/events.v2.csv",
        "openagenda.com/agendas/47826291/events.v2.ics",
        "https://openagenda.com/fr/agendas/47826291/events.v2.ics",
        "webcal://openagenda.com/agendas/47826291/events.v2.ics",
        "https://openagenda.com/agendas/47826291",
        "https://openagenda.com/agendas/47826291/",
        "https://api.openagenda.com/v2/agendas/47826291/events",
        "<https://openagenda.com/agendas/47826291/events.ics>",
    ],
)
def test_the_number_is_read(written):
    assert PROVIDER.read_identifier(written) == "47826291"


@pytest.mark.parametrize(
    "written",
    [
        "https://openagenda.com/jep-2018-ile-de-france",
        "https://openagenda.com/fr/jep-2018-ile-de-france",
        "openagenda.com/jep-2018-ile-de-france/",
        "http://www.openagenda.com/jep-2018-ile-de-france?lang=fr",
        "https://openagenda.com/jep-2018-ile-de-france/events/p/2",
        "https://openagenda.com/jep-2018-ile-de-france/contribute",
        "https://OpenAgenda.com/JEP-2018-ile-de-france#haut",
    ],
)
def test_the_agendas_page_is_kept_for_the_network_to_tell(written):
    assert PROVIDER.read_identifier(written) == "https://openagenda.com/jep-2018-ile-de-france"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "identifier_empty"),
        ("  ", "identifier_empty"),
        ("0", "identifier_zero"),
        ("https://openagenda.com/agendas/0/events.ics", "identifier_zero"),
        ("accueil@vaubreal.example", "identifier_email"),
        ("https://vaubreal.example/agenda", "identifier_other_site"),
        ("https://openagenda.com.vaubreal.example/agendas/12/events.ics", "identifier_other_site"),
        ("jep-2018-ile-de-france", "identifier_other_site"),
        ("https://openagenda.com/vaubreal/events/bal-folk", "identifier_event"),
        ("https://openagenda.com/events/bal-folk_12", "identifier_event"),
        ("https://openagenda.com/agendas/12/events/34", "identifier_event"),
        ("https://openagenda.com/", "identifier_no_agenda"),
        ("https://openagenda.com/agendas", "identifier_no_agenda"),
        ("https://openagenda.com/signin", "identifier_no_agenda"),
        ("ftp://openagenda.com/agendas/12", "identifier_unreadable"),
        ("https://[", "identifier_unreadable"),
        ("99999999999999999999", "identifier_other_site"),
    ],
)
def test_anything_else_is_answered_by_what_to_paste(written, code):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.read_identifier(written)
    assert raised.value.code == code
    assert "47826291" in raised.value.sentence


PAGE = "https://openagenda.com/vaubreal"


@pytest.mark.parametrize(
    "page",
    [
        '<script>{"agenda":{"uid":90000001,"title":"Vaubréal","slug":"vaubreal"}}</script>',
        '<script>{"agenda": {"slug": "vaubreal", "private": 0, "uid": 90000001}}</script>',
        '<div data-state="{&quot;uid&quot;:90000001,&quot;slug&quot;:&quot;vaubreal&quot;}">',
        r'<script>push("{\"uid\":90000001,\"slug\":\"vaubreal\"}")</script>',
        '<div data-agenda-uid="90000001"></div>',
        "<script>var agendaUid = 90000001;</script>",
        '<a href="/agendas/90000001/events.v2.ics">iCal</a>',
        # others are named too, but one sign says which one the page is of
        '{"originAgenda":{"uid":5,"slug":"autre"}} {"uid":90000001,"slug":"vaubreal"} /agendas/5/events.v2.ics',
        '<a href="/agendas/90000001/events.v2.ics"></a><a href="/agendas/90000001/events.v2.csv"></a> /agendas/7',
    ],
)
def test_the_number_is_found_in_the_agendas_page(tmp_path, page):
    http = OpenAgenda(pages={PAGE: page.encode()})
    assert PROVIDER.resolve(visit(http, tmp_path, identifier=PAGE)) == "90000001"


@pytest.mark.parametrize(
    "page", ["", "<html></html>", "/agendas/1/ /agendas/2/", '{"uid":0,"slug":"vaubreal"}']
)
def test_a_page_that_does_not_tell_is_answered_by_what_to_paste(tmp_path, page):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.resolve(visit(OpenAgenda(pages={PAGE: page.encode()}), tmp_path, identifier=PAGE))
    assert raised.value.code == "agenda_not_in_page"
    assert "47826291" in raised.value.sentence


def test_a_page_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        PROVIDER.resolve(visit(OpenAgenda(), tmp_path, identifier=PAGE))
    assert raised.value.sentence.startswith(f"Aucun agenda à l’adresse {PAGE}. Vérifiez")


def test_a_number_asks_nobody(tmp_path):
    http = OpenAgenda()
    assert PROVIDER.resolve(visit(http, tmp_path)) == "90000001"
    assert not http.asked
