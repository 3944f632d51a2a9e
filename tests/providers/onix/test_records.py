"""What a notice becomes: the fields of a product, and why some are refused or left out."""

import pytest

from models.vocabulary import Form, Reason
from providers.errors import DataError
from providers.records import Contributor, LeftOut, Subject
from tests.providers.onix.messages import (
    BAC,
    BERGE,
    PRICE,
    TITLE,
    book,
    descriptive,
    identifiers,
    normalised,
    product,
    supply,
)


def described(more: str = "", **changes):
    return book(product(blocks=descriptive(more=more, **changes)))


def subject(scheme: str, code: str, *, main: bool = False, heading: str = "") -> str:
    return (
        f"<Subject>{'<MainSubject/>' if main else ''}<SubjectSchemeIdentifier>{scheme}</SubjectSchemeIdentifier>"
        f"<SubjectCode>{code}</SubjectCode><SubjectHeadingText>{heading}</SubjectHeadingText></Subject>"
    )


def element(text: str, level: str = "01", kind: str = "01") -> str:
    return (
        f"<TitleDetail><TitleType>{kind}</TitleType><TitleElement><TitleElementLevel>{level}</TitleElementLevel>"
        f"{text}</TitleElement></TitleDetail>"
    )


class TestIdentifiers:
    def test_the_isbn_13_comes_before_the_ean(self):
        own = identifiers(BERGE, "03") + identifiers(BAC, "15") + identifiers("7586125", "01")
        assert book(product(own=own)).ean == BAC

    def test_the_ean_stands_where_there_is_no_isbn_13(self):
        assert book(product(own=identifiers(BERGE, "03")), ref=BERGE).ean == BERGE

    def test_hyphens_are_no_matter(self):
        assert book(product(own=identifiers(f"{BAC[:3]}-{BAC[3:8]}-{BAC[8:]}"))).ean == BAC

    def test_two_of_one_kind_that_differ_are_none(self):
        with pytest.raises(DataError) as raised:
            book(product(own=identifiers(BAC) + identifiers(BERGE)), ref=f"bac.{BAC}")
        assert raised.value.code == "ean_malformed"

    def test_a_wrong_check_digit_is_put_aside_with_its_reason(self):
        with pytest.raises(DataError) as raised:
            book(product("9782707154298"))
        assert raised.value.code == "ean_check_digit"
        assert "clé de contrôle" in raised.value.sentence

    def test_related_products_and_parts_lend_no_ean(self):
        part = f"<ProductPart>{identifiers(BERGE)}<ProductForm>BC</ProductForm></ProductPart>"
        related = f"<RelatedMaterial><RelatedProduct>{identifiers(BERGE)}</RelatedProduct></RelatedMaterial>"
        record = normalised(
            product(own=identifiers("12", "01"), blocks=descriptive(more=part) + related), ref="x"
        )
        assert record == LeftOut("x", Reason.NO_EAN)


class TestNotices:
    @pytest.mark.parametrize("kind", ["01", "02", "03"])
    def test_a_whole_notice_replaces_the_record(self, kind):
        assert book(product(notification=kind)).only is None

    @pytest.mark.parametrize("kind", ["08", "09", "88", "89"])
    def test_sales_and_tests_are_left_out(self, kind):
        assert normalised(product(notification=kind), ref=f"{BAC}/{kind}") == LeftOut(
            f"{BAC}/{kind}", Reason.NO_NEWS
        )

    def test_a_partial_notice_brings_the_fields_of_its_blocks(self):
        partial = book(product(notification="04", blocks=supply(PRICE)))
        assert partial.only == {"price", "available"}
        assert str(partial.price.amount) == "10.95"
        assert book(product(notification="04", blocks="<CollateralDetail/>")).only == {
            "description",
            "cover_url",
        }
        assert book(product(notification="04", blocks="<PublishingDetail/>")).only == {
            "publisher",
            "published",
        }
        assert book(product(notification="04", blocks="")).only == frozenset()

    def test_a_partial_notice_replaces_its_blocks_with_what_they_no_longer_say(self):
        partial = book(product(notification="04", blocks=descriptive()))
        assert partial.contributors == ()
        assert partial.only == {
            *("title", "subtitle", "contributors", "collection", "language", "pages", "form", "subjects", "refused")
        }  # fmt: skip

    def test_a_partial_notice_never_takes_the_title_away(self):
        partial = book(product(notification="04", blocks=descriptive(title="")))
        assert not partial.only & {"title", "subtitle"}

    def test_a_whole_notice_without_title_and_one_of_an_unknown_kind_are_put_aside(self):
        for block, code in (
            (product(blocks=descriptive(title="")), "title_missing"),
            (product(notification="77"), "notification_unknown"),
        ):
            with pytest.raises(DataError) as raised:
                normalised(block)
            assert raised.value.code == code


class TestTitles:
    @pytest.mark.parametrize(
        ("details", "title", "subtitle"),
        [
            (element("<TitleText>Le bac</TitleText><Subtitle>Roman</Subtitle>"), "Le bac", "Roman"),
            (element("<TitlePrefix>Le</TitlePrefix><TitleWithoutPrefix>bac</TitleWithoutPrefix>"), "Le bac", ""),
            (element("<TitlePrefix>L’</TitlePrefix><TitleWithoutPrefix>eau</TitleWithoutPrefix>"), "L’eau", ""),
            (element("<NoPrefix/><TitleWithoutPrefix>Bac</TitleWithoutPrefix>"), "Bac", ""),
            (element("<TitleText>LIVRE : BAC</TitleText>", kind="05") + element("<TitleText>Le bac</TitleText>"), "Le bac", ""),
            (element("<TitleText>LE BAC (#1)</TitleText>", kind="10"), "LE BAC (#1)", ""),
            (element("<TitleText>Le bac</TitleText><PartNumber>Tome 3</PartNumber>"), "Le bac - Tome 3", ""),
            (element("<TitleText>Le bac, tome 3</TitleText><PartNumber>3</PartNumber>"), "Le bac, tome 3", ""),
            (element("<TitleText>Rives</TitleText></TitleElement><TitleElement><TitleElementLevel>01</TitleElementLevel><PartNumber>2</PartNumber>", "02"), "Rives - 2", ""),
            (element("<PartNumber>2</PartNumber></TitleElement><TitleStatement>Rives, deuxième partie</TitleStatement><TitleElement><TitleElementLevel>03</TitleElementLevel>"), "Rives, deuxième partie", ""),
            (element("<TitleText><![CDATA[Le  bac\n&amp; <i>l’</i>&eacute;t&eacute;]]></TitleText>"), "Le bac & l’été", ""),
        ],
    )  # fmt: skip
    def test_the_title_is_what_a_reader_calls_the_book(self, details, title, subtitle):
        record = described(title=details)
        assert (record.title, record.subtitle) == (title, subtitle)

    def test_the_collection_is_the_series_at_its_own_level(self):
        series = f"<Collection><CollectionType>10</CollectionType>{element('<TitleText>Rivages</TitleText>', '02')}</Collection>"
        assert described(series).collection == "Rivages"


class TestMakers:
    def test_makers_are_told_by_role_in_their_order(self):
        makers = """
        <Contributor><SequenceNumber>3</SequenceNumber><ContributorRole>B06</ContributorRole><PersonNameInverted>Orval, Inès</PersonNameInverted></Contributor>
        <Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole><NamesBeforeKey>Ana</NamesBeforeKey><PrefixToKey>de</PrefixToKey><KeyNames>Vaubréal</KeyNames></Contributor>
        <Contributor><SequenceNumber>2</SequenceNumber><ContributorRole>Z99</ContributorRole><ContributorRole>A12</ContributorRole><PersonName>Luc Mirecourt</PersonName></Contributor>
        <Contributor><SequenceNumber>4</SequenceNumber><ContributorRole>B01</ContributorRole><CorporateName>Atelier du Bac</CorporateName></Contributor>
        <Contributor><SequenceNumber>5</SequenceNumber><ContributorRole>E07</ContributorRole><PersonName>Jo Lenne</PersonName></Contributor>
        <Contributor><SequenceNumber>6</SequenceNumber><ContributorRole>A24</ContributorRole><PersonName>Jo Lenne</PersonName><BiographicalNote>jo@lenne.example</BiographicalNote></Contributor>
        <Contributor><ContributorRole>A01</ContributorRole><UnnamedPersons>03</UnnamedPersons></Contributor>
        """
        assert described(makers).contributors == (
            Contributor("Ana de Vaubréal", "author"),
            Contributor("Luc Mirecourt", "illustrator"),
            Contributor("Inès Orval", "translator"),
            Contributor("Atelier du Bac", "editor"),
            Contributor("Jo Lenne", "narrator"),
            Contributor("Jo Lenne", "other"),
        )


class TestFormsAndRules:
    @pytest.mark.parametrize(
        ("form", "found"),
        [("BC", Form.PAPER), ("BZ", Form.PAPER), ("ED", Form.DIGITAL), ("EA", Form.DIGITAL), ("SG", Form.DIGITAL),
         ("AC", Form.AUDIO), ("AJ", Form.AUDIO), ("00", Form.OTHER), ("ZE", Form.OTHER), ("SA", Form.OTHER), ("", Form.OTHER)],
    )  # fmt: skip
    def test_a_form_is_paper_digital_audio_or_other(self, form, found):
        assert described(form=form).form is found

    def test_a_digital_audiobook_is_audio(self):
        assert described("<PrimaryContentType>01</PrimaryContentType>", form="ED").form is Form.AUDIO

    @pytest.mark.parametrize(
        ("parts", "form", "refused"),
        [(("BC", "BC"), Form.PAPER, None), (("BC", "ZE"), Form.OTHER, None), (("ZE", "ZJ"), Form.OTHER, Reason.NOT_A_BOOK)],
    )  # fmt: skip
    def test_a_set_is_what_its_parts_are(self, parts, form, refused):
        told = "".join(f"<ProductPart><ProductForm>{part}</ProductForm></ProductPart>" for part in parts)
        record = described(told, form="SB")
        assert (record.form, record.refused) == (form, refused)

    @pytest.mark.parametrize(
        ("more", "refused"),
        [
            (subject("29", "3004"), Reason.SCHOOL_BOOK),
            (subject("29", "3442") + subject("29", "3013"), Reason.SCHOOL_BOOK),
            (subject("29", "3442", main=True) + subject("29", "3038"), None),
            (subject("29", "3442") + subject("29", "3013", main=True), Reason.SCHOOL_BOOK),
            (subject("93", "YPZ"), Reason.SCHOOL_BOOK),
            (subject("29", "3442") + subject("93", "YPZ", main=True), None),
            (subject("12", "3013"), None),
            ("<TradeCategory>08</TradeCategory>", Reason.SCHOOL_BOOK),
            (subject("29", "4284"), Reason.NOT_A_BOOK),
        ],
    )
    def test_school_books_are_refused_with_their_reason(self, more, refused):
        assert described(more).refused is refused

    def test_what_is_no_book_is_refused_with_its_reason(self):
        assert described(form="PC").refused is Reason.NOT_A_BOOK

    def test_subjects_are_told_main_ones_first_in_french_where_it_is_known(self):
        more = (
            subject("93", "FLQ") + subject("20", "eau", heading="eau") + subject("29", "3442", main=True)
            + subject("10", "FIC000000", heading="FICTION / General") + subject("93", "FLQ")
        )  # fmt: skip
        assert described(more).subjects == (
            Subject("clil", "3442", described(subject("29", "3442")).subjects[0].label),
            Subject("thema", "FLQ", "Science-fiction : contexte apocalyptique et post-apocalyptique"),
            Subject("bisac", "FIC000000", "FICTION / General"),
        )


class TestLanguageAndLength:
    def test_the_language_of_the_text_counts(self):
        spoken = "<Language><LanguageRole>02</LanguageRole><LanguageCode>swe</LanguageCode></Language>"
        written = "<Language><LanguageRole>01</LanguageRole><LanguageCode>FRA</LanguageCode></Language>"
        assert described(spoken + written).language == "fre"
        assert described(spoken).language == ""

    def test_the_message_says_it_where_the_product_does_not(self):
        record = book(product(blocks=descriptive()), wrapping='<message language="fre">')
        assert record.language == "fre"

    @pytest.mark.parametrize(
        ("extents", "pages"),
        [([("00", "224", "03")], 224), ([("08", "200", "03"), ("00", "224", "03"), ("10", "9", "03")], 224),
         ([("22", "654961", "17")], None), ([("09", "360", "05")], None), ([("00", "beaucoup", "03")], None), ([("00", "0", "03")], None)],
    )  # fmt: skip
    def test_the_length_is_in_pages(self, extents, pages):
        told = "".join(
            f"<Extent><ExtentType>{kind}</ExtentType><ExtentValue>{value}</ExtentValue><ExtentUnit>{unit}</ExtentUnit></Extent>"
            for kind, value, unit in extents
        )
        assert described(told).pages == pages


class TestPublishing:
    def told(self, block: str, supplies: str = ""):
        return book(product(blocks=f"{descriptive()}<PublishingDetail>{block}</PublishingDetail>{supplies}"))

    def test_the_publisher_comes_before_the_imprint_and_other_roles(self):
        imprint = "<Imprint><ImprintName>Rivages</ImprintName></Imprint>"
        other = "<Publisher><PublishingRole>02</PublishingRole><PublisherName>Co</PublisherName></Publisher>"
        own = "<Publisher><PublishingRole>01</PublishingRole><PublisherName>Éditions du Bac</PublisherName></Publisher>"
        assert self.told(imprint + other + own).publisher == "Éditions du Bac"
        assert self.told(imprint + other).publisher == "Rivages"
        assert self.told(other).publisher == "Co"

    def test_the_day_of_publication_is_the_product_s_else_that_of_the_french_market(self):
        first = (
            "<PublishingDate><PublishingDateRole>11</PublishingDateRole><Date>1968</Date></PublishingDate>"
        )
        own = '<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date dateformat="01">202403</Date></PublishingDate>'
        market = "<ProductSupply><Market><Territory><CountriesIncluded>{}</CountriesIncluded></Territory></Market><MarketPublishingDetail><MarketDate><MarketDateRole>01</MarketDateRole><DateFormat>00</DateFormat><Date>20240401</Date></MarketDate></MarketPublishingDetail></ProductSupply>"
        assert self.told(first + own, market.format("FR")).published == "2024-03"
        assert self.told(first, market.format("FR BE")).published == "2024-04-01"
        assert self.told(first, market.format("CA")).published == ""

    @pytest.mark.parametrize(
        ("code", "available"),
        [("20", True), ("21", True), ("22", True), ("10", False), ("31", False), ("40", False), ("51", False), ("99", None), ("", None)],
    )  # fmt: skip
    def test_availability_is_that_of_the_supplier(self, code, available):
        assert book(product(blocks=descriptive() + supply(PRICE, availability=code))).available is available

    def test_one_supplier_that_has_it_is_enough(self):
        both = supply(availability="31") + supply(availability="20")
        assert book(product(blocks=descriptive() + both)).available is True

    def test_what_its_publisher_withdrew_cannot_be_had(self):
        assert (
            self.told("<PublishingStatus>07</PublishingStatus>", supply(availability="")).available is False
        )


def test_titles_of_partners_never_break_a_record():
    assert described(title=TITLE.replace("Le dernier bac", "x" * 5_000)).title == "x" * 500
