"""`passerelle schedule`, `quiet` and `doctor`: when sources are read and why, and whether all that must run does."""


def test_the_schedule_says_when_and_why_and_what_it_asks_of_a_partner(passerelle):
    link = passerelle.link()
    passerelle.import_(link)
    told = passerelle("schedule")
    (source,) = told["links"]
    assert (source["id"], source["budget_key"][:11], source["host"]) == (
        link,
        "openagenda:",
        "openagenda.com",
    )
    assert source["why"]
    (asked,) = told["load"]
    assert (asked["provider"], asked["links"], asked["keys"]) == ("openagenda", 1, 1)
    assert asked["requests"] >= asked["visits"] > 0
    assert asked["lately"] > 0
    assert passerelle("schedule", link)["why"] == source["why"]
    assert "toutes les" in passerelle.says("schedule", link)
    assert "openagenda" in passerelle.says("schedule")
    assert passerelle("schedule", 999, code=2)["error"]["code"] == "unknown_link"


def test_quiet_hours_are_set_listed_and_taken_back(passerelle):
    assert passerelle("quiet") == []
    night = [{"host": "openagenda.com", "from": "23:00:00", "until": "06:30:00"}]
    assert passerelle("quiet", "openagenda.com", "23:00", "06:30") == night
    assert passerelle("quiet") == night
    for wrong in (["25:00", "6"], ["23:00", "23:00"], ["23:00"]):
        passerelle("quiet", "openagenda.com", *wrong, code=2)
    assert passerelle("quiet", "openagenda.com", "--none") == []


def test_the_doctor_says_what_to_do_and_its_exit_code_that_something_is_to_be_done(passerelle):
    told = passerelle("doctor")
    assert (told["ok"], [each["code"] for each in told["troubles"]]) == (True, ["never_ticked"])
    passerelle.db.execute("INSERT INTO last_tick (at) VALUES (now())")
    assert passerelle("doctor")["troubles"] == []
    assert "Rien n’est en retard" in passerelle.says("doctor")
    passerelle.db.execute("UPDATE last_tick SET at = now() - interval '1 hour'")
    told = passerelle("doctor", code=1)
    assert [each["code"] for each in told["troubles"]] == ["tick_late"]
    assert "celery beat" in passerelle.says("doctor", code=1)


def test_the_doctor_sees_that_redis_is_away(passerelle, monkeypatch):
    passerelle.db.execute("INSERT INTO last_tick (at) VALUES (now())")
    monkeypatch.setattr("cli.doctor.redis.Redis.from_url", lambda *_, **__: _Away())
    assert [each["code"] for each in passerelle("doctor", code=1)["troubles"]] == ["redis_away"]


class _Away:
    def __enter__(self):
        import redis  # noqa: PLC0415

        raise redis.exceptions.ConnectionError

    def __exit__(self, *_):
        """Nothing was opened."""
