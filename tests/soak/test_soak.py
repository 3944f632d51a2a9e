"""The short form of `make soak`: some seconds of storm, then the database is what the partner lists."""

import pytest

from tests.soak.mischief import TRICKS, trick_of
from tests.soak.partner import Partner
from tests.soak.soak import soak
from tests.soak.sources import sources_of

SEED = "2026"
LINKS = 6


@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_left_open_after_a_storm():
    report = soak(SEED, links=LINKS, seconds=6)
    said = "\n".join([*report.lines(), *(log[-3000:] for log in report.logs.values() if report.wrong)])
    assert not report.wrong, said
    assert sum(report.runs.values()) > LINKS, said
    assert report.harms, said
    assert set(report.on_sale) == {"ical", "openagenda", "pretix", "stock-api"}, said


def test_the_seed_decides_what_the_partner_does():
    addresses = [
        "/agenda-0.ics",
        "/agendas/71000005/events.v2.ics",
        "/api/v1/organizers/organiser-2/events/?page_size=50",
        f"/stocks/{sources_of(SEED, 2)[1].siret}?limit=1000",
    ]

    def played(seed: str) -> list[tuple[str, int, str]]:
        partner = Partner(seed, LINKS)
        answers = [partner.answer(address) for address in addresses * 20]
        return [(trick, answer.status, answer.tag) for answer, trick in answers]

    assert played(SEED) == played(SEED) != played("2027")


def test_every_trick_is_played_sooner_or_later():
    assert {trick_of(SEED, 0, number) for number in range(1_000)} == set(TRICKS)
