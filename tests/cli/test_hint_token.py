"""`passerelle hint-token …`: addresses for a partner's webhooks, shown once, listed, revoked."""


def test_an_address_is_shown_once_listed_without_it_and_revoked(passerelle, monkeypatch):
    monkeypatch.setenv("PASSERELLE_PUBLIC_URL", "https://passerelle.example/")
    link = passerelle.link()
    made = passerelle("hint-token", "create", link)
    assert made["address"] == f"https://passerelle.example/hooks/openagenda/{made['token']}"
    assert len(made["token"]) > 40
    kept = passerelle.db.execute("SELECT * FROM hint_token").fetchone()
    assert (kept["link_id"], len(kept["digest"])) == (link, 32)
    history = passerelle.db.execute("SELECT * FROM link_event").fetchall()
    assert made["token"] not in repr([kept, history])

    (listed,) = passerelle("hint-token", "list", link)["hint_tokens"]
    assert (listed["id"], listed["last_used_at"], listed["revoked_at"]) == (made["id"], None, None)
    assert "token" not in listed
    assert passerelle("hint-token", "revoke", made["id"])["revoked_at"] is not None
    assert passerelle("hint-token", "list", link)["hint_tokens"][0]["revoked_at"] is not None
    assert [row["action"] for row in history][-1] == "hint_address_made"


def test_what_is_not_there_is_said(passerelle):
    passerelle.venue()
    assert passerelle("hint-token", "create", 99, code=2)["error"]["code"] == "unknown_link"
    assert passerelle("hint-token", "revoke", 99, code=2)["error"]["code"] == "unknown_token"


def test_a_person_reads_the_path_and_what_to_put_before_it(passerelle):
    said = passerelle.says("hint-token", "create", passerelle.link())
    assert "/hooks/openagenda/" in said
    assert "PASSERELLE_PUBLIC_URL" in said
