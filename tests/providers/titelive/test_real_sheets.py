"""Real answers and a real line of TiteLive, where the corpus is: they hold what its facts say."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from providers.titelive import sheet, tit
from tests.providers.titelive.epagine import Epagine, pages_of, product

CORPUS = Path(os.environ.get("PASSERELLE_CORPUS", "/nonexistent"))
SHEETS = CORPUS / "books/titelive"

pytestmark = pytest.mark.skipif(not SHEETS.is_dir(), reason="PASSERELLE_CORPUS names no corpus")


def facts(name: str) -> dict[str, Any]:
    return json.loads((CORPUS / "facts.json").read_text())[f"books/titelive/{name}"]


@pytest.mark.parametrize("name", ["search_one_book.json", "search_paper_page1.json"])
def test_an_answer_holds_the_eans_and_prices_of_its_facts(name):
    told = facts(name)
    works = json.loads((SHEETS / name).read_text(), parse_float=Decimal)["result"]
    books = [product(item) for work in works for item in sheet.items_of(work)]
    assert [book.ean for book in books] == told["eans"]
    assert [book.price.amount for book in books] == [Decimal(price) for price in told["prices"]]
    assert len(works) == told["results"]
    (book,) = books
    assert [subject.code for subject in book.subjects] == ["03000000", "03020000", "03020300", "3774"]
    assert "&" not in book.subjects[0].label
    assert (book.published, book.pages, book.language, book.refused) == ("2015-06-11", 160, "fre", None)


def test_an_answer_that_claims_fifty_thousand_is_read_to_its_end(tmp_path):
    works = json.loads((SHEETS / "search_paper_page1.json").read_text())["result"]
    epagine = Epagine({"23/11/2026": works}, announced=facts("search_paper_page1.json")["nbreponses"])
    pages = pages_of(epagine, tmp_path)
    assert ([item.ref for page in pages for item in page.items], pages[-1].last) == (["9782370730541"], True)


def test_a_daily_file_holds_the_book_of_its_facts(tmp_path):
    told = facts("Quotidien30.tit")
    epagine = Epagine(files={"Quotidien30.tit": (SHEETS / "Quotidien30.tit").read_bytes()})
    pages = pages_of(epagine, tmp_path, identifier="https://fichiers.example/Quotidien30.tit")
    (book,) = (product(item) for page in pages for item in page.items)
    assert (book.ean, book.title, str(book.price.amount)) == (told["ean"], told["title"], told["price"])
    assert book.subjects[-1].label == "Littérature Hispano-Portugaise"
    assert book.published == "2011-05-11"
    (line,) = tit.lines(SHEETS / "Quotidien30.tit")
    assert len(line.fields) == told["fields"]
