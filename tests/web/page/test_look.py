def test_home(venue):
    browser = venue.opened()
    answer = browser.get(venue.home)
    assert answer.status_code == 200, answer.text
    for p in ("/importer", "/importer/scripted"):
        assert browser.get(venue.home + p).status_code == 200
