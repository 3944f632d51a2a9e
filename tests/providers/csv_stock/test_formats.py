"""A stock file in whatever hand it is written: the levels are the same."""

from decimal import Decimal

import pytest

from providers.base import provider
from providers.csv_stock import PROVIDER
from providers.errors import ConfigurationError, DataError, TransientError
from tests.providers.csv_stock.shop import E1, E2, E3, FIXTURES, levels

PLAIN = f"EAN13;Quantité;Prix TTC\n{E1};3;12,90\n{E2};0;8\n"
SAME = {E1: (3, Decimal("12.90")), E2: (0, Decimal("8.00"))}


def test_the_provider_is_found_by_its_slug():
    assert provider("csv-stock") is PROVIDER


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_characters_line_ends_and_separators(tmp_path, charset, end, separator):
    text = PLAIN.replace(";", separator).replace("\n", end)
    assert levels(text.encode(charset), tmp_path) == SAME


@pytest.mark.parametrize(
    "header",
    [
        "EAN13;Quantité;Prix TTC",
        "ean13;quantite;prix ttc",
        " Code-barres ; QTÉ ; P.V. TTC ",
        "ISBN;Stock;Prix (€)",
        "Gencod;Stock disponible;Prix de vente",
        "EAN;available;price",
        '"Code barre";"Qté en stock";"Prix TTC (EUR)"',
    ],
)
def test_titles_as_shops_write_them(tmp_path, header):
    assert levels(PLAIN.replace("EAN13;Quantité;Prix TTC", header), tmp_path) == SAME


def test_columns_in_another_order_among_others(tmp_path):
    body = (
        "Rayon;Titre;Prix HT;Prix TTC;Qté vendue;Code article;Stock;EAN\n"
        f'Romans;"Un titre; un autre";12,23;12,90;99;ART1;3;{E1}\n'
        f"Essais;Le « 8 »;7,58;8;0;ART2;0;{E2}\n"
    )
    assert levels(body, tmp_path) == SAME


def test_the_project_s_own_export(tmp_path):
    body = (FIXTURES / "export_caisse.csv").read_bytes()
    assert levels(body, tmp_path) == {
        E1: (3, Decimal("12.90")),
        E2: (1_250, Decimal("8.00")),
        E3: (0, None),
        "9782000000037": "level_negative",
        "CARTE-10": "no_ean",
        "sans EAN (ligne 9)": "no_ean",
        "9,78E+12 (ligne 10)": "ean_scientific",
        "9782000000044": (2, Decimal("1234.50")),
    }


@pytest.mark.parametrize(
    "body",
    [
        f"{E1};3;12,90\n{E2};0;8,00\n",
        f"3;{E1};12,90 €\n0;{E2};8 €\n",
        f"\n\n{E1}\t12,90\t3\tUn titre\n{E2}\t8,00\t0\tUn autre\n",
        f"{E1},3,12.90\n{E2},0,8.00\n",
        f'{E1},3,"12,90"\n{E2},0,"8,00"',
    ],
)
def test_a_file_without_titles(tmp_path, body):
    assert levels(body, tmp_path) == SAME


def test_what_stands_above_the_titles_is_passed_over(tmp_path):
    assert levels("Librairie de l’Écluse\nStock au;15/01/2030\n\n" + PLAIN, tmp_path) == SAME


def test_blank_lines_totals_and_repeated_titles_are_no_levels(tmp_path):
    more = "\n;;\n  ; ;\n" + PLAIN + "Total;3;20,90\n;3;\n; Sous-total ;3\n"
    assert levels(PLAIN + more, tmp_path) == SAME | {"sans EAN (ligne 11)": "no_ean"}


def test_short_and_long_records(tmp_path):
    assert levels(f"EAN;Stock;Prix\n{E1}\n{E2};4\n{E3};5;9,90;;;x\n", tmp_path) == {
        E1: "level_missing",
        E2: (4, None),
        E3: (5, Decimal("9.90")),
    }


@pytest.mark.parametrize(
    ("price", "euros"),
    [
        ("12,90 €", "12.90"),
        ("€ 12.90", "12.90"),
        ("12.90 EUR", "12.90"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567,00", "1234567.00"),
        ("12,9", "12.90"),
        ("12", "12.00"),
        ("-", None),
        ("", None),
    ],
)
def test_prices_as_shops_write_them(tmp_path, price, euros):
    body = f"EAN;Stock;Prix TTC\n{E1};3;{price}\n"
    assert levels(body, tmp_path) == {E1: (3, Decimal(euros) if euros else None)}


@pytest.mark.parametrize(
    ("copies", "said"),
    [
        *(("3,00", 3), ("3,000", 3), ("1 250", 1250), ("1'250", 1250), ("+2", 2)),
        *(("-2", "level_negative"), ("2-", "level_negative"), ("", "level_missing")),
        *((written, "level_malformed") for written in ("en stock", "2,5", "12 50", "> 10", "1,2,3")),
    ],
)
def test_numbers_of_copies_as_shops_write_them(tmp_path, copies, said):
    found = levels(f"EAN;Stock\n{E1};{copies}\n", tmp_path)
    assert found == {E1: (said, None) if isinstance(said, int) else said}


@pytest.mark.parametrize(
    "ean", [f'="{E1}"', f'"=""{E1}"""', f"'{E1}", f"{E1}.0", f" {E1} ", "978-2-00-000000-6", "2000000002"]
)
def test_an_ean_that_was_kept_from_a_spreadsheet(tmp_path, ean):
    assert levels(f"EAN;Stock\n{ean};3\n", tmp_path) == {E1: (3, None)}


def test_a_stray_quote_costs_no_other_line(tmp_path):
    body = f'EAN;Titre;Stock\n{E1};"Un titre;3\n{E2};Le "grand" livre;4\n{E3};"Un ""autre"" titre";5\n'
    assert levels(body, tmp_path) == {E1: "level_missing", E2: (4, None), E3: (5, None)}


def test_a_quoted_title_goes_over_several_lines(tmp_path):
    body = f'EAN;Titre;Stock\r\n{E1};"Un titre\r\nsur deux; lignes";3\r\n9.78E+12;x;1\r\n'
    assert levels(body, tmp_path) == {E1: (3, None), "9.78E+12 (ligne 4)": "ean_scientific"}


# --- columns that a person names ---


def test_columns_named_in_the_settings(tmp_path):
    body = f"A;B;C;EAN;Stock;Prix\n{E1};3;1290;x;9;9\n"
    chosen = {"ean_column": "a", "available_column": "2", "price_column": "C", "prices": "centimes"}
    assert levels(body, tmp_path, **chosen) == {E1: (3, Decimal("12.90"))}
    assert levels(body, tmp_path, **chosen | {"price_column": "aucune"}) == {E1: (3, None)}


def test_columns_numbered_in_a_file_without_titles(tmp_path):
    body = f"{E1};2;3;8,90;12,90\n{E2};5;0;7,00;8,00\n"
    assert levels(body, tmp_path, available_column="3", price_column=5) == SAME


@pytest.mark.parametrize(
    ("body", "settings", "code", "words"),
    [
        (f"EAN;Casier;Éditeur\n{E1};3;x\n", {}, "columns_unknown", "«\u00a0Casier\u00a0»"),
        (f"{E1};2;3;8,90\n", {}, "columns_unknown", "sans ligne de titres"),
        (PLAIN, {"price_column": "Tarif"}, "column_missing", "«\u00a0Prix TTC\u00a0»"),
        (PLAIN, {"ean_column": "9"}, "column_missing", "de l’EAN"),
        ("Éditeur;Stock;Qté\nx;3;3\n", {"available_column": "Qté"}, "columns_unknown", "de l’EAN"),
    ],
)
def test_columns_that_nobody_can_tell_are_asked_for(tmp_path, body, settings, code, words):
    with pytest.raises(ConfigurationError) as raised:
        levels(body, tmp_path, **settings)
    assert raised.value.code == code
    assert words in raised.value.sentence


# --- what is no such file ---


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (b"", TransientError, "cut_body"),
        (b"\xef\xbb\xbf\r\n", TransientError, "cut_body"),
        (b"<!doctype html><p>Bient\xc3\xb4t</p>", DataError, "not_csv"),
        (b'\xef\xbb\xbf  {"error": "no"}', DataError, "not_csv"),
        (b"Bonjour, le service est indisponible.\n", DataError, "not_csv"),
        (b"a;b\n" * 3000, DataError, "not_csv"),
        (b"PK\x03\x04 classeur", ConfigurationError, "spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ConfigurationError, "spreadsheet"),
        (b"EAN;Stock\n" + E1.encode() + b";3\n" + b"x" * 70_000, DataError, "not_csv"),
    ],
)
def test_another_document_is_an_error(tmp_path, body, error, code):
    with pytest.raises(error) as raised:
        levels(body, tmp_path)
    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")


def test_titles_alone_are_an_empty_list(tmp_path):
    assert levels("EAN;Stock;Prix\n", tmp_path) == {}
    assert levels("EAN;Stock;Prix", tmp_path) == {}
