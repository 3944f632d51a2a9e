"""What a sheet becomes: each field, what is unknown, what the pass Culture does not offer."""

from decimal import Decimal

import pytest

from models.vocabulary import Certainty, Form, Reason
from providers.errors import DataError
from providers.records import PRICE_NOT_SAID, Contributor, LeftOut, ProductRecord, Subject, dump, load
from providers.titelive import sheet, tit
from tests.providers.titelive.epagine import became, ean, line, product, titled, work


def item(written):
    (only,) = sheet.items_of(written)
    return only


def of(number=1, /, **changes) -> ProductRecord:
    return product(item(work(number, **changes)))


def of_line(layout, /, **changes) -> ProductRecord:
    return product(tit.item_of(tit.Line(line(layout, **changes))))


def test_an_article_of_the_api_is_a_product():
    assert of() == ProductRecord(
        ref=ean(1),
        ean=ean(1),
        title="Les Marées du Vigneau ; carnets d’une écluse",
        contributors=(Contributor("Anaëlle Corvaisier"), Contributor("Tudal Le Mével")),
        publisher="LA VANNE BLEUE",
        collection="Grands Large",
        published="2024-03-07",
        language="fre",
        pages=212,
        form=Form.PAPER,
        subjects=(
            Subject("gtl", "01000000", "Littérature"),
            Subject("gtl", "01050000", "Récit"),
            Subject("clil", "3442", "Romans"),
        ),
        description=of().description,
        cover_url="https://images.epagine.fr/013/9782000000013_1_75.jpg",
        available=True,
        price=of().price,
    )
    assert of().price.amount == Decimal("18.50")
    assert of().price.certainty is Certainty.CERTAIN
    assert load(dump(of())) == of()


def test_a_description_is_plain_its_entities_decoded_once_or_twice_and_nobodys_address_in_it():
    said = of().description
    assert said.startswith("Un hiver à l'écluse. Deux voix, un canal.\n\nÉcrire à")
    assert "@" not in said
    assert (
        "<"
        not in of(
            resume="&lt;script&gt;alert(1)&lt;/script&gt;Trois &amp;lt;i&amp;gt;vents&lt;/i&gt;"
        ).description
    )
    assert of(resume=None).description == ""
    assert of(resume="2 < 3 &amp; 4 > 1").description == "2 < 3 & 4 > 1"


def test_a_line_of_62_columns_is_a_product():
    read = of_line("62")
    assert (read.ean, read.title, read.pages, read.published) == (
        ean(22),
        "La Vanne et le Héron",
        320,
        "2026-10-01",
    )
    assert read.contributors == (Contributor("Tudal Le Mével"),)
    assert read.price.amount == Decimal("21.00")
    assert [(each.scheme, each.code) for each in read.subjects] == [
        ("gtl", "01050000"),
        ("clil", "3442"),
        ("titelive_shelf", "0203"),
    ]
    assert (read.cover_url, read.language, read.description) == ("", "", "")


def test_a_line_of_45_columns_is_a_product():
    read = of_line("45")
    assert (read.ean, read.title, read.subtitle) == (ean(21), "Le Batelier d'été", "édition revue")
    assert read.contributors == (Contributor("Anaëlle Corvaisier"), Contributor("Ulf Sandberg", "translator"))
    assert (read.publisher, read.collection, read.pages) == ("LA VANNE BLEUE", "Grands Large", 176)
    assert (read.published, read.price.amount, read.form) == ("2023-05-11", Decimal("12.90"), Form.PAPER)
    assert read.subjects == (Subject("titelive_shelf", "0203", "Littérature d'écluse"),)
    assert read.cover_url == f"https://images.epagine.fr/{ean(21)[-3:]}/{ean(21)}_1_75.jpg"


class TestEan:
    @pytest.mark.parametrize("gencod", ["", None, "0", "0000000000000", 0, []])
    def test_an_article_without_one_is_left_out(self, gencod):
        each = item(work(gencod=gencod))
        assert became(each) == LeftOut(each.ref, Reason.NO_EAN)

    @pytest.mark.parametrize(
        ("gencod", "code"),
        [
            ("9782000000014", "ean_check_digit"),
            ("978200000001", "ean_malformed"),
            ("9,782E+12", "ean_scientific"),
        ],
    )
    def test_a_wrong_one_is_put_aside_with_its_reason(self, gencod, code):
        each = item(work(gencod=gencod))
        assert each.ref == gencod
        with pytest.raises(DataError) as refusal:
            became(each)
        assert refusal.value.code == code

    @pytest.mark.parametrize("gencod", [9782000000013, "978-2-00-000001-3", " 9782000000013 "])
    def test_one_written_otherwise_is_the_same_item(self, gencod):
        each = item(work(gencod=gencod))
        assert (each.ref, product(each).ean) == (ean(1), ean(1))


class TestPrice:
    @pytest.mark.parametrize(
        ("written", "amount"),
        [(18.5, "18.50"), ("18,50", "18.50"), ("18.500", "18.50"), (7, "7.00"), (Decimal("0.99"), "0.99")],
    )
    def test_is_read_exactly(self, written, amount):
        assert str(of(prix=written, prixpays=None).price.amount) == amount

    @pytest.mark.parametrize("written", [0, "0", "0,00", "", None, []])
    def test_that_nobody_knows_is_unknown(self, written):
        assert of(prix=written, prixpays=None).price == PRICE_NOT_SAID

    def test_is_that_of_france_where_prices_are_told_by_country(self):
        france = {"value": 17.9, "devise": "&euro;"}
        assert of(prix=22, prixpays={"fr": france}).price.amount == Decimal("17.90")
        for prices in (
            {"ch": {"value": 29, "devise": "CHF"}},
            {"fr": {"value": 29, "devise": "CHF"}},
            {"fr": 4},
        ):
            assert of(prix=22, prixpays=prices).price == PRICE_NOT_SAID

    @pytest.mark.parametrize("written", ["dix", "-4", "12.345", "1e3", "999999999", "12,50 €"])
    def test_that_cannot_be_read_is_put_aside(self, written):
        with pytest.raises(DataError) as refusal:
            became(item(work(prix=written, prixpays=None)))
        assert refusal.value.code == "price_unreadable"


class TestCover:
    @pytest.mark.parametrize(
        "url",
        [
            "https://images.epagine.fr/no_image.png",
            "https://images.epagine.fr/no_image_musique.png",
            "javascript:alert(1)",
            "https://[::1",
            "",
            None,
        ],
    )
    def test_an_address_that_stands_for_none_is_no_cover(self, url):
        assert of(imagesUrl={"recto": url}).cover_url == ""

    def test_no_image_is_no_cover_whatever_its_address(self):
        assert of(image="0").cover_url == ""
        assert of(image=0).cover_url == ""

    def test_an_address_without_its_scheme_is_completed(self):
        assert (
            of(imagesUrl={"recto": "//images.epagine.fr/1.jpg"}).cover_url
            == "https://images.epagine.fr/1.jpg"
        )


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("01/01/2070", ""),
        ("00/00/0000", ""),
        ("31/02/2024", ""),
        ("2024", ""),
        ("1/2/2024", "2024-02-01"),
        (None, ""),
    ],
)
def test_a_publication_date_that_nobody_knows_is_not_made_up(written, published):
    assert of(dateparution=written).published == published


@pytest.mark.parametrize(
    ("written", "available"),
    [(1, True), ("1", True), (2, False), (6, False), (0, None), ("?", None), (None, None)],
)
def test_availability_is_what_its_code_says(written, available):
    assert of(dispo=written).available is available


@pytest.mark.parametrize(
    ("support", "form"),
    [("P", Form.PAPER), ("LE", Form.DIGITAL), ("LD", Form.PAPER), ("ZZ", Form.OTHER), (None, Form.OTHER)],
)
def test_a_support_is_a_form(support, form):
    assert of(codesupport=support).form is form
    assert of(codesupport=support).refused is None


def test_a_book_that_is_read_aloud_is_one_to_hear():
    assert of(codesupport="LD", livre_lu="1", lu_par="Ulf Sandberg").form is Form.AUDIO
    assert of(livre_lu="1", lu_par="Ulf Sandberg").contributors[-1] == Contributor("Ulf Sandberg", "narrator")


@pytest.mark.parametrize(
    ("written", "code"),
    [("3020300", "03020300"), ("12090418", "12090418"), ("110400", "11040000"), ("50300", "05030000")],
)
def test_a_gtl_code_has_eight_digits_whichever_zeros_were_dropped(written, code):
    (subject, *_) = of(gtl={"first": {"1": {"code": written, "libelle": "x"}}}).subjects
    assert subject.code == code


@pytest.mark.parametrize("gtl", [[], None, {}, {"first": []}, {"first": {"1": {"code": "0"}}}, "rien"])
def test_no_gtl_is_no_subject(gtl):
    assert [each.scheme for each in of(gtl=gtl).subjects] == ["clil"]


@pytest.mark.parametrize(
    ("multi", "authors", "names"),
    [
        (["Anaëlle Corvaisier"], "Autre", ["Anaëlle Corvaisier"]),
        ({"7": "Tudal Le M&eacute;vel"}, "Autre", ["Tudal Le Mével"]),
        ([], "Collectif", ["Collectif"]),
        ("Anaëlle Corvaisier", "", ["Anaëlle Corvaisier"]),
        (None, None, []),
        ({"7": "xxx"}, "Collectif", ["Collectif"]),
        (["A B", "A B"], "", ["A B"]),
    ],
)
def test_authors_are_told_apart_where_titelive_does(multi, authors, names):
    written = work() | {"auteurs_multi": multi, "auteurs": authors}
    assert [each.name for each in product(item(written)).contributors] == names


@pytest.mark.parametrize("title", ["", None, "   ", "&nbsp;", []])
def test_an_article_without_a_title_is_put_aside(title):
    with pytest.raises(DataError) as refusal:
        became(item(titled(title)))
    assert refusal.value.code == "no_title"


def test_a_title_keeps_no_tag_and_no_control_character():
    assert product(item(titled("<i>Ici</i>\x00 &amp;amp; là\n\u200b"))).title == "Ici & là"


class TestWithdrawn:
    def test_a_sheet_that_only_holds_a_place_is_deleted(self):
        held = item(titled("XXX") | {"auteurs": "xxx"})
        assert (held.ref, held.deleted) == (ean(1), True)
        assert became(held) == LeftOut(ean(1), Reason.NOT_ANNOUNCED)
        assert tit.item_of(tit.Line(line("62", c1="xxx", c17="xxx"))).deleted

    def test_a_book_whose_publication_is_given_up_is_deleted(self):
        assert item(work(dispo=9)).deleted
        assert tit.item_of(tit.Line(line("45", c5="9"))).deleted

    def test_a_book_that_is_out_of_print_or_called_so_is_not(self):
        assert not item(work(dispo=6)).deleted
        assert not item(titled("xXx")).deleted
