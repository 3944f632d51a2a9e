"""An adapter's level is what its form, page, tests and recorded answers show."""

import shutil
from pathlib import Path

import pytest
from pydantic import Field

from providers.base import Page
from providers.errors import PartnerError
from providers.ladder import Level, applied, standing
from providers.pages import with_written_part
from tests.providers.parvis.partner import HERE, PARVIS, Parvis, ParvisSettings

TESTS = """
from pathlib import Path
from providers.contract import ProviderContract

class TestParvis(ProviderContract):
    provider = PROVIDER
    recorded = Path(__file__).parent / "recorded"
"""


@pytest.fixture
def clone(tmp_path):
    """A clone in which Parvis has all it needs for gold."""
    (tmp_path / "docs" / "providers").mkdir(parents=True)
    folder = tmp_path / "tests" / "providers" / "parvis"
    shutil.copytree(HERE / "recorded", folder / "recorded")
    (folder / "test_contract.py").write_text(TESTS)
    write_page(tmp_path, PARVIS)
    return tmp_path


def write_page(clone: Path, adapter: Parvis) -> None:
    page = clone / "docs" / "providers" / "parvis.md"
    page.write_text(with_written_part("# Parvis\n", adapter))


def folder_of(clone: Path) -> Path:
    return clone / "tests" / "providers" / "parvis"


def test_what_was_recorded_and_takes_every_fault_is_gold(clone):
    found = standing(PARVIS, clone)
    assert found.level is Level.GOLD
    assert len(found.lacks) == 3


def test_real_answers_wild_payloads_and_dates_that_move_are_platinum(clone):
    class Whole(Parvis):
        traits = Parvis.traits.__class__(knows_remaining=True, keeps_session_ids=True, hints=True)

    write_page(clone, Whole())
    (folder_of(clone) / "test_real_answers.py").write_text("")
    assert standing(Whole(), clone).level is Level.GOLD
    several = clone / "tests" / "providers" / "several"  # tests of several adapters count where they name it
    several.mkdir()
    (several / "test_wild.py").write_text("from hypothesis import given\n")
    assert standing(Whole(), clone).level is Level.GOLD
    (several / "test_wild.py").write_text(
        "from hypothesis import given\nfrom providers.parvis import PROVIDER\n"
    )
    assert standing(Whole(), clone).level is Level.PLATINUM
    assert standing(Whole(), clone).lacks == ()


def test_a_page_that_is_behind_is_bronze(clone):
    class Slower(Parvis):
        limits = Parvis.limits.__class__(requests=7)

    found = standing(Slower(), clone)
    assert found.level is Level.BRONZE
    assert "behind" in found.lacks[0]


def test_without_the_contract_it_is_bronze(clone):
    (folder_of(clone) / "test_contract.py").write_text("class TestParvis:\n    pass\n")
    assert standing(PARVIS, clone).level is Level.BRONZE


def test_where_there_is_no_clone_it_is_bronze_at_best(tmp_path):
    assert standing(PARVIS, tmp_path).level is Level.BRONZE


def test_a_form_that_does_not_explain_itself_is_nothing(clone):
    class Settings(ParvisSettings):
        note: str = Field(default="", title="Note")

    class Terse(Parvis):
        pass

    Terse.Settings = Settings
    found = standing(Terse(), clone)
    assert found.level is Level.NONE
    assert found.lacks == ("the setting note has no title or description",)


def test_an_adapter_that_takes_a_failure_for_the_end_is_silver(clone):
    class Forgiving(Parvis):
        def fetch(self, visit):
            try:
                yield from super().fetch(visit)
            except PartnerError:
                yield Page((), None, visit.clock(), last=True)

    found = standing(Forgiving(), clone)
    assert found.level is Level.SILVER
    assert "a fault would withdraw: server_error" in found.lacks


def test_a_bug_is_told_and_the_list_goes_on(clone):
    class Mistaken(Parvis):
        def fetch(self, visit):
            raise ZeroDivisionError("by zero")

    found = standing(Mistaken(), clone)
    assert found.level is Level.SILVER
    assert found.lacks == ("its recorded answers cannot be read: ZeroDivisionError: by zero",)


def test_many_skips_are_silver(clone):
    skips = '    skips = {"test_a": "one", "test_b": "two", "test_c": "three", "test_d": "three"}\n'
    (folder_of(clone) / "test_contract.py").write_text(TESTS + skips)
    found = standing(PARVIS, clone)
    assert found.level is Level.SILVER
    assert found.lacks == ("3 reasons are given for skipping tests",)


def test_how_the_contract_is_applied_is_read_without_importing(clone):
    (folder_of(clone) / "test_contract.py").write_text(
        TESTS + '    identifier = "5150"\n    venue = Venue()\n'
    )
    found = applied(folder_of(clone))
    assert found.folder == folder_of(clone) / "recorded"
    assert found.attributes == {"identifier": "5150"}
