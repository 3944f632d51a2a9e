"""What a person is told before the first importation."""

import pytest

from providers.base import CheckState
from providers.titelive import PROVIDER
from tests.providers.titelive.epagine import FOLDER, Epagine, ean, line, said, tit, visiting, work

FILE = "https://fichiers.example/Quotidien30.tit"


def checked(epagine, tmp_path, **changes):
    with visiting(epagine, tmp_path, **changes) as visit:
        return {each.name: each for each in PROVIDER.check(visit)}


def test_a_password_that_opens_tells_the_books_of_the_last_day(tmp_path):
    days = {"21/11/2026": [work(1), work(2, codesupport="CL"), work(3, gencod="123")]}
    found = checked(Epagine(days, size=50), tmp_path)
    assert [each.state for each in found.values()] == [CheckState.OK] * 3
    assert found["key"].sentence == "Identifiants acceptés par TiteLive."
    assert "21/11/2026\u00a0: 1 livre, dont «\u00a0Les Marées du Vigneau\u00a0;" in found["books"].sentence
    assert (found["books"].facts["left_out"], found["books"].facts["unreadable"]) == (1, 1)
    assert found["since"].facts["since"] == "2026-11-22"


def test_a_password_that_is_refused_ends_the_check(tmp_path):
    found = checked(Epagine(), tmp_path, password="fausse")
    assert [(each.name, each.state) for each in found.values()] == [("key", CheckState.FAILED)]
    assert found["key"].sentence.startswith("Identifiants refusés par TiteLive")
    assert "fausse" not in str(found["key"].facts)


def test_what_is_not_titelive_ends_the_check(tmp_path):
    epagine = Epagine()
    epagine.instead = lambda target: said(200, []) if "search" in target else None
    assert checked(epagine, tmp_path)["key"].state is CheckState.FAILED


def test_a_week_without_books_is_a_warning(tmp_path):
    assert checked(Epagine(announced=0), tmp_path)["books"].state is CheckState.WARNING


def test_a_folder_tells_its_last_file(tmp_path):
    epagine = Epagine(files={"Quotidien21.tit": tit(line("62"), line("45"))})
    found = checked(epagine, tmp_path, identifier=FOLDER, since="2026-08-01")
    assert "Quotidien21.tit" in found["files"].sentence
    assert found["books"].facts["books"] == 2
    assert found["since"].state is CheckState.WARNING
    assert "29/10/2026" in found["since"].sentence


@pytest.mark.parametrize("identifier", [FOLDER, FILE])
def test_an_address_without_files_says_so(tmp_path, identifier):
    found = checked(Epagine(), tmp_path, identifier=identifier)
    assert [(each.name, each.state) for each in found.values()] == [("files", CheckState.FAILED)]


def test_a_single_file_is_tried_as_it_is(tmp_path):
    found = checked(Epagine(files={"Quotidien30.tit": tit(line("62", c0=ean(4)))}), tmp_path, identifier=FILE)
    assert list(found) == ["files", "books"]
    assert (
        checked(Epagine(files={"Quotidien30.tit": b"<html>"}), tmp_path, identifier=FILE)["files"].state
        is CheckState.FAILED
    )
