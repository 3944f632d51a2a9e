"""The ledger answers what happened to a venue's offers, when and why."""

from cli.sample_agenda import NUMBER
from runtime.settings import settings


def test_runs_lists_the_latest_first(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    passerelle.import_(link)
    assert [run["run"] for run in passerelle("runs")] == [2, 1]
    assert [run["run"] for run in passerelle("runs", "--limit", 1)] == [2]
    assert passerelle("runs", "--link", 99) == []
    assert "terminée" in passerelle.says("runs")


def test_a_run_tells_what_it_wrote(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    passerelle.agenda.revise()
    passerelle.import_(link)
    shown = passerelle("runs", "show", 2)
    assert {offer["title"] for offer in shown["offers_written"]} == {"Bal des marées", "Nuit des contes"}
    assert len(shown["stocks_written"]) == 4
    assert shown["started_at"]
    assert shown["finished_at"]
    said = passerelle.says("runs", "show", 2)
    assert "première requête" in said
    assert "Bal des marées" in said
    assert passerelle("runs", "show", 9, code=2)["error"]["code"] == "unknown_run"


def test_the_history_of_an_offer_names_its_runs_and_the_partners_words(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    offer = passerelle.db.execute("SELECT id FROM offer WHERE title = 'Cabaret des brumes'").fetchone()["id"]
    told = passerelle("history", offer)
    assert told["ref"] == "70010005"
    assert [stock["price_sentence"] for stock in told["stocks"]] == [
        "Tarif plein : 15 € / Tarif réduit : 9 €"
    ] * 2
    assert [run["run"] for run in told["runs"]] == [1]
    assert [event["action"] for event in told["events"]] == ["linked"]
    assert {item["kind"] for item in told["items"]} == {"event"}
    assert "Tarif plein" in passerelle.says("history", offer)
    assert passerelle("history", 999, code=2)["error"]["code"] == "unknown_offer"


def test_an_item_that_cannot_be_read_waits_in_quarantine(passerelle, monkeypatch):
    whole = passerelle.agenda.calendar
    monkeypatch.setattr(
        passerelle.agenda, "calendar", lambda: whole().replace(b"SUMMARY:Nuit des contes\r\n", b"")
    )
    link = passerelle.link()
    done = passerelle.import_(link)
    assert (done["status"], done["counts"]["quarantined"]) == ("partial", 1)
    (item,) = passerelle("quarantine", "--link", link)
    assert (item["ref"], item["turn"], item["code"]) == ("70010008", "partner", "no_title")
    assert "n’a pas de titre" in passerelle.says("quarantine")
    again = passerelle("replay", link, "--inline")
    assert (again["status"], again["requests"], again["counts"]["quarantined"]) == ("partial", 0, 1)
    assert passerelle("runs")[0]["mode"] == "replay"


def test_a_booked_date_that_leaves_its_agenda_is_a_question_that_can_be_answered(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    passerelle.db.execute(
        """INSERT INTO booking (stock_id, token) SELECT stock.id, 'ABC234' FROM stock
           JOIN offer ON offer.id = offer_id WHERE title LIKE 'Conférence%'"""
    )
    passerelle.agenda.revise()
    passerelle.import_(link)
    (notice,) = passerelle("notices")
    assert notice["kind"] == "booked_date_gone"
    assert "Le spectacle a-t-il été reporté" in notice["question"]
    assert "Conférence" in passerelle.says("notices")
    assert (
        passerelle("notices", "answer", notice["id"], "perhaps", code=2)["error"]["code"]
        == "answer_does_not_fit"
    )
    assert passerelle("notices", "answer", notice["id"], "move") == {"id": notice["id"], "answer": "move"}
    assert passerelle("notices") == []


def test_partners_are_listed_and_described(passerelle):
    assert {each["slug"] for each in passerelle("providers")} >= {"openagenda"}
    described = passerelle("describe", "openagenda")
    assert {setting["name"] for setting in described["settings"]} == {
        *("places", "since", "capacity", "price", "category")
    }
    assert "47826291" in described["identifier"]["help"]
    assert described["limits"]["requests"] == 10
    assert "Lieux à importer" in passerelle.says("describe", "openagenda")
    assert passerelle("describe", "nobody", code=2)["error"]["code"] == "unknown_provider"


def test_try_reads_a_partner_without_a_database(passerelle, monkeypatch):
    monkeypatch.setenv("PASSERELLE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    settings.cache_clear()
    found = passerelle("try", "openagenda", NUMBER)
    assert {name: number for name, number in found["counts"].items() if number} == {
        "read": 9,
        "offers": 9,
        "stocks": 16,
    }
    assert found["offers"][0]["title"] == "Le Passeur de rives"


def test_try_reads_recorded_files(passerelle, tmp_path):
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "mine.ics").write_bytes(passerelle.agenda.calendar())
    (folder / "page_1.json").write_bytes(passerelle.agenda.page(()) or b"")
    found = passerelle("try", "openagenda", NUMBER, "--from", folder)
    assert found["counts"]["offers"] == 9
    assert found["requests"] == 2
    assert "9 éléments : 9 offres, 16 dates." in passerelle.says(
        "try", "openagenda", NUMBER, "--from", folder
    )
    assert (
        passerelle("try", "openagenda", NUMBER, "--from", tmp_path, code=2)["error"]["code"]
        == "agenda_not_found"
    )
    nowhere = tmp_path / "nowhere"
    assert (
        passerelle("try", "openagenda", NUMBER, "--from", nowhere, code=2)["error"]["code"]
        == "no_such_folder"
    )


def test_what_waits_in_quarantine_is_read_again(passerelle, monkeypatch):
    def mistaken(*_):
        raise ZeroDivisionError

    link = passerelle.link()
    with monkeypatch.context() as patch:
        patch.setattr("providers.openagenda.event.title_says", mistaken)
        assert passerelle.import_(link)["counts"]["quarantined"] == 8
    assert {item["turn"] for item in passerelle("quarantine", "--link", link)} == {"ours"}

    done = passerelle("replay", link, "--inline")

    assert (done["status"], done["counts"]["read"], done["offers"]["created"]) == ("succeeded", 8, 8)
    assert done["requests"] == 0
    assert passerelle("quarantine") == []
    assert passerelle("runs")[0]["mode"] == "replay"
