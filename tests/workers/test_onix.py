"""An operator's folder of ONIX messages, imported by the engine: what each notice does to a product."""

from typing import Any

import pytest

from providers.onix import PROVIDER
from tests.providers.onix.messages import (
    BAC,
    BERGE,
    PRICE,
    TITLE,
    descriptive,
    header,
    kept,
    message,
    product,
    supply,
)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "onix"
    folder.mkdir()
    return folder


@pytest.fixture
def catalogue(scene, folder, monkeypatch):
    """An operator's link to the folder."""
    for module in ("workers.visits", "workers.endings", "workers.decisions"):
        monkeypatch.setattr(f"{module}.provider", {"onix": PROVIDER}.__getitem__)
    scene.link = scene.db.execute(
        """INSERT INTO link (provider, identifier, "interval", next_run_at)
           VALUES ('onix', %s, '1 hour', now()) RETURNING id""",
        [folder.as_uri()],
    ).fetchone()["id"]
    return scene


def told(scene: Any) -> dict[str, tuple[Any, Any]]:
    """EAN → (title, price) of the products that the catalogue tells."""
    rows = scene.db.execute(
        """SELECT ean, source.record FROM product JOIN product_source AS source ON source.product_id = product.id
           WHERE source.withdrawn_at IS NULL ORDER BY ean"""
    )
    return {
        row["ean"]: (row["record"].get("title"), row["record"].get("price", {}).get("amount")) for row in rows
    }


def dated(day: int, *products: str) -> bytes:
    return message(*products, head=header(f"203003{day:02}"))


def priced(amount: str) -> str:
    return supply(PRICE.replace("10.95", amount))


def test_messages_are_taken_in_and_not_read_again(catalogue, folder):
    kept(folder, dated(1, product(), product(BERGE)), "a.xml")
    run = catalogue.run()
    assert run["status"] == "succeeded", run["detail"]
    assert told(catalogue) == {BAC: ("Le dernier bac", "10.95"), BERGE: ("Le dernier bac", "10.95")}
    assert catalogue.counts(run, "read", "new") == [2, 2]
    again = catalogue.run()
    assert (again["status"], catalogue.counts(again, "read", "new")) == ("succeeded", [0, 0])


def test_what_a_later_message_does_not_list_stays(catalogue, folder):
    kept(folder, dated(1, product(), product(BERGE)), "a.xml")
    catalogue.run()
    kept(
        folder, dated(2, product(blocks=descriptive(TITLE.replace("bac", "pont")) + priced("9.90"))), "b.xml"
    )
    assert catalogue.run()["status"] == "succeeded"
    assert told(catalogue) == {BAC: ("Le dernier pont", "9.90"), BERGE: ("Le dernier bac", "10.95")}


def test_an_older_message_that_comes_late_overwrites_nothing(catalogue, folder):
    kept(folder, dated(2, product(blocks=descriptive() + priced("9.90"))), "b.xml")
    catalogue.run()
    kept(folder, dated(1, product(), product(BERGE)), "a.xml")
    run = catalogue.run()
    assert told(catalogue) == {BAC: ("Le dernier bac", "9.90"), BERGE: ("Le dernier bac", "10.95")}
    assert catalogue.counts(run, "outdated", "new") == [1, 1]


def test_a_partial_notice_changes_its_blocks_only_and_a_withdrawal_withdraws(catalogue, folder):
    kept(folder, dated(1, product(), product(BERGE)), "a.xml")
    catalogue.run()
    partial = product(notification="04", blocks=priced("7.50"))
    kept(folder, dated(2, partial, product(BERGE, notification="05", blocks="")), "b.xml")
    assert catalogue.run()["status"] == "succeeded"
    assert told(catalogue) == {BAC: ("Le dernier bac", "7.50")}


def test_a_test_notice_does_nothing_to_a_product(catalogue, folder):
    kept(folder, dated(1, product()), "a.xml")
    catalogue.run()
    kept(folder, dated(2, product(notification="89", blocks=descriptive() + priced("1.00"))), "b.xml")
    assert catalogue.run()["status"] == "succeeded"
    assert told(catalogue) == {BAC: ("Le dernier bac", "10.95")}


def test_a_cut_message_is_an_error_after_its_whole_products_were_kept(catalogue, folder):
    kept(folder, dated(1, product(), product(BERGE))[:-200], "a.xml")
    run = catalogue.run()
    assert (run["status"], run["error_code"]) == ("failed", "cut_body")
    assert told(catalogue) == {BAC: ("Le dernier bac", "10.95")}


def test_a_wrong_ean_waits_in_quarantine_with_its_reason(catalogue, folder):
    kept(folder, dated(1, product(), product("9782707154298")), "a.xml")
    run = catalogue.run()
    assert run["status"] == "partial"
    assert "clé de contrôle" in str(catalogue.row("quarantine"))
    assert told(catalogue) == {BAC: ("Le dernier bac", "10.95")}


def test_a_venue_s_link_reads_no_folder_of_ours(catalogue, folder):
    kept(folder, dated(1, product()), "a.xml")
    run = catalogue.run(catalogue.new_link("onix", folder.as_uri()))
    assert (run["status"], run["error_code"]) == ("failed", "folder_refused")
    assert told(catalogue) == {}
