"""`passerelle providers`: who there is, how far each has come, and who is broken."""

from providers import registry


def test_partners_are_listed_with_their_level(passerelle):
    listed = {each["slug"]: each for each in passerelle("providers")}
    assert listed["pretix"]["level"] in {"gold", "platinum"}
    assert all(each["level"] in {"bronze", "silver", "gold", "platinum"} for each in listed.values())
    assert "platinum" in passerelle.says("providers") or "gold" in passerelle.says("providers")


def test_a_broken_one_is_named_and_the_others_are_listed(passerelle, monkeypatch):
    known = {**registry.provider_modules(), "theirs": "nowhere_at_all:PROVIDER"}
    monkeypatch.setattr(registry, "provider_modules", lambda: known)
    listed = {each["slug"]: each for each in passerelle("providers")}
    assert "ModuleNotFoundError" in listed["theirs"]["broken"]
    assert listed["pretix"]["broken"] is None
    assert "en panne" in passerelle.says("providers")
    assert passerelle("describe", "theirs", code=1)["error"]["code"] == "provider_broken"
