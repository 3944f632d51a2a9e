"""Dates as precise as they are told, moments that rank messages."""

import pytest

from providers.onix.dates import iso_date, moment


@pytest.mark.parametrize(
    ("written", "form", "date"),
    [
        ("20240314", "", "2024-03-14"),
        ("20240314", "00", "2024-03-14"),
        ("2024-03-14", "", "2024-03-14"),
        ("202403", "", "2024-03"),
        ("2024", "", "2024"),
        ("2024", "05", "2024"),
        ("202403", "01", "2024-03"),
        ("202411", "02", "2024-03"),  # the eleventh week
        ("202460", "02", ""),
        ("20242", "03", "2024"),
        ("20243", "04", "2024"),
        ("2024031420240320", "06", "2024-03"),
        ("202403202405", "07", "2024"),
        ("20232024", "11", ""),
        ("20240314T1200", "13", "2024-03-14"),
        ("20240314T000000+0100", "14", "2024-03-14"),
        ("20240230", "", ""),
        ("20241301", "", ""),
        ("printemps 2024", "12", ""),
        ("14450904", "20", ""),  # Hijri
        ("mars", "", ""),
        ("", "", ""),
        ("20240314", "05", "2024"),
    ],
)
def test_a_date_is_as_precise_as_it_is_told(written, form, date):
    assert iso_date(written, form) == date


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("20300301", "2030-03-01T00:00:00+00:00"),
        ("20300301T0300", "2030-03-01T03:00:00+00:00"),
        ("20300301T030059Z", "2030-03-01T03:00:59+00:00"),
        ("20300301T0030+0100", "2030-02-28T23:30:00+00:00"),
        ("20300301T1115-0400", "2030-03-01T15:15:00+00:00"),
        ("2030-03-01T03:00:00.123+01:00", "2030-03-01T02:00:00+00:00"),
    ],
)
def test_a_moment_is_aware(written, utc):
    assert moment(written).isoformat() == utc


@pytest.mark.parametrize(
    "written", ["", "demain", "20301301", "20300301T99", "20300301T0300+99999", "00010101T0000+1400"]
)
def test_what_is_no_moment_is_none(written):
    assert moment(written) is None
