"""The contract passes on sound adapters; and for each of its tests, an adapter broken on purpose fails it."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from providers.base import Cadence, Traits
from providers.contract import ProviderContract
from providers.records import Price
from tests.providers.parvis.partner import HERE, Etal, Parvis, ParvisInTwo
from tests.providers.parvis.turns import (
    GROWING,
    KEY_ERROR,
    by_position,
    counts,
    credulous,
    cut_short,
    deaf_to_hints,
    described,
    dials,
    every_item,
    every_offer,
    every_page,
    every_stock,
    forgetful,
    forgiving,
    hoarding,
    in_english,
    keeps_the_error_page,
    lists_its_lines,
    names_the_attendee,
    nothing_is_readable,
    over,
    quotes,
    rows_as_tuples,
    settings_that,
    settings_with,
    slow,
    swallows,
    tells_the_key,
    trusting,
    tuples_only,
    two_records,
    with_the_minute,
)
from tests.providers.parvis.with_a_clock import WithAClock

NOT_IN_CSV = "its answers are no JSON and have no prose"


class Sound(ProviderContract):
    provider = Parvis()
    recorded = HERE / "recorded"
    docs = HERE / "recorded" / "parvis.md"
    refused_identifiers = ("salle 5150",)
    refused_settings = ({"token": "court"},)
    noise = {'"(?:generated|updated)": "[^"]*"': '"updated": "2031-01-01"'}


class TestParvis(Sound):
    pass


class TestParvisInTwo(Sound):
    provider = ParvisInTwo()


class TestEtal(ProviderContract):
    provider = Etal()
    recorded = HERE / "stock_list"
    docs = HERE / "recorded" / "parvis.md"
    identifier = "5150"
    matters = {"9782070360024;3": "9782070360024;4"}
    skips = {
        "test_what_is_written_anew_at_each_export_does_not_matter": "the list holds nothing but levels",
        "test_a_price_that_is_not_said_stays_unknown": "a column has no name: see the adapter's own tests",
        "test_hostile_text_is_cleaned": NOT_IN_CSV,
        "test_no_personal_data_comes_out": NOT_IN_CSV,
    }


@dataclass
class Broken:
    """What is done to a sound adapter, and which test of the contract must see it.

    `changes` are methods and attributes of the adapter; `stage` those of the contract class.
    """

    test: str
    changes: dict[str, Any] = field(default_factory=dict)
    base: type[Any] = Parvis
    stage: dict[str, Any] = field(default_factory=dict)
    argument: Any = None
    error: type[BaseException] = AssertionError

    def fails(self) -> None:
        sound = TestEtal if issubclass(self.base, Etal) else Sound
        adapter = type(self.base.__name__, (self.base,), {"__module__": self.base.__module__, **self.changes})
        contract = type("Contract", (sound,), {"provider": adapter(), **self.stage})()
        test = getattr(contract, self.test)
        contract.skip_if_told(self.test)
        test(*([] if self.argument is None else [self.argument]))


BROKEN = [
    Broken("test_it_is_named_after_its_module", {"slug": "Par_vis"}),
    Broken("test_it_says_who_the_partner_is", {"label": " "}),
    Broken("test_its_pace_and_traits_are_sensible", {"cadence": Cadence(shortest=timedelta(days=2))}),
    Broken("test_settings_come_back_as_they_were_written", settings_with(note=(GROWING, described("a")))),
    Broken("test_wrong_settings_are_refused", settings_that(extra="allow")),
    Broken(
        "test_any_setting_is_read_or_refused", settings_with(note=(KEY_ERROR, described(""))), error=KeyError
    ),
    Broken("test_an_error_about_settings_does_not_quote_them", settings_that(hide_input_in_errors=False)),
    Broken("test_the_form_is_complete", settings_with(note=(str, Field(default="", title="Note")))),
    Broken("test_the_form_is_complete", {"traits": Traits(hints=True)}),
    Broken("test_what_looks_secret_is_secret", settings_with(api_key=(str, described("")))),
    Broken("test_an_identifier_once_read_stays_the_same", {"read_identifier": lambda _, said: said + "0"}),
    Broken("test_a_wrong_identifier_is_refused_in_french", {"read_identifier": lambda _, said: said.strip()}),
    Broken(
        "test_any_identifier_is_read_or_refused",
        {"read_identifier": lambda _, said: str(int(said))},
        error=ValueError,
    ),
    Broken("test_check_gives_named_results_in_french", {"check": in_english}),
    Broken("test_check_says_what_to_do_about_a_failure", {"check": swallows}, argument="unauthorised"),
    Broken(
        "test_any_hint_is_read_or_unknown",
        {"hint": lambda _, request: frozenset(request.body.decode())},
        error=UnicodeDecodeError,
    ),
    Broken("test_the_page_names_every_setting", stage={"docs": Path("nowhere.md")}),
    Broken("test_a_traversal_has_items_and_ends_once", every_page(last=True)),
    Broken("test_pages_say_when_the_partner_was_asked", every_page(requested_at=Sound().at + timedelta(1))),
    Broken("test_cursors_are_json_without_secrets", every_page(cursor={"page": (1, 2)})),
    Broken("test_items_are_well_made", every_item(lambda item, _: replace(item, fingerprint=b""))),
    Broken("test_refs_are_unique", every_item(lambda item, _: replace(item, ref="1"))),
    Broken("test_refs_and_fingerprints_are_stable", {"fetch": with_the_minute}),
    Broken("test_different_items_have_different_fingerprints", {"fingerprint": lambda *_: b"x" * 16}),
    Broken("test_what_changed_has_another_fingerprint", {"fingerprint": lambda *_: b"x" * 16}),
    Broken(
        "test_what_is_written_anew_at_each_export_does_not_matter",
        every_item(lambda item, event: replace(item, fingerprint=event["updated"].encode())),
    ),
    Broken(
        "test_the_order_of_keys_does_not_matter",
        every_item(lambda item, event: replace(item, fingerprint=repr(list(event)).encode())),
    ),
    Broken("test_the_order_of_items_does_not_matter", {"fetch": by_position}),
    Broken("test_pages_may_be_cut_anywhere", {"fetch": cut_short}, argument=1),
    Broken("test_a_traversal_goes_on_from_every_cursor", {"fetch": forgetful}),
    Broken("test_a_hint_narrows_what_is_read", {"fetch": deaf_to_hints}),
    Broken("test_the_network_is_reached_by_the_visits_client_alone", over("normalise", dials)),
    Broken("test_it_has_no_clock_and_no_client_of_its_own", base=WithAClock),
    Broken("test_pages_of_lines_are_read_when_needed", {"lines": lists_its_lines}, base=Etal),
    Broken(
        "test_when_every_answer_fails_the_error_is_the_right_one",
        {"fetch": forgiving},
        argument="server_error",
    ),
    Broken("test_when_one_answer_fails_nothing_is_withdrawn", {"fetch": forgiving}, argument="not_found"),
    Broken("test_a_body_cut_anywhere_withdraws_nothing", {"fetch": forgiving}),
    Broken("test_an_endless_body_is_stopped", {"fetch": forgiving}),
    Broken("test_nothing_of_a_failure_is_kept_as_an_item", {"fetch": keeps_the_error_page}),
    Broken("test_the_recorded_answers_bring_records", {"normalise": nothing_is_readable}),
    Broken("test_an_item_is_one_record_of_its_ref", {"normalise": two_records}),
    Broken("test_records_are_kept_and_come_back", every_offer(lambda offer: replace(offer, title="a\0"))),
    Broken("test_records_are_valid", {"image": lambda *_: "javascript:alert(1)"}),
    Broken(
        "test_kinds_that_complete_others_do",
        {"complete": lambda _, record, *__: replace(record, ref="another")},
        base=ParvisInTwo,
    ),
    Broken(
        "test_times_are_aware_and_plausible",
        over("stock", lambda _, stock, __: replace(stock, ends_at=stock.starts_at)),
    ),
    Broken("test_money_is_decimal", every_stock(price=Price(8.5, "certain"))),
    Broken(
        "test_a_price_that_is_not_said_stays_unknown",
        {"price": lambda self, said: Parvis.price(self, said or "0")},
    ),
    Broken("test_what_remains_is_said_only_if_the_partner_knows", {"traits": Traits(hints=True)}),
    Broken(
        "test_deleted_items_need_no_payload", every_item(lambda item, _: replace(item, ref="", deleted=True))
    ),
    Broken("test_normalise_is_pure", {"normalise": counts}),
    Broken(
        "test_normalise_takes_what_quarantine_kept",
        {"normalise": tuples_only, "rows": rows_as_tuples},
        base=Etal,
    ),
    Broken("test_normalise_is_total", {"normalise": trusting}, error=Exception),
    Broken("test_what_is_no_payload_is_put_aside", {"normalise": credulous}),
    Broken("test_normalise_is_quick", {"normalise": slow}, stage={"slowest": 0.0015}),
    Broken("test_normalise_is_frugal", {"normalise": hoarding}),
    Broken("test_secrets_are_redacted_everywhere", {"check": tells_the_key}),
    Broken("test_no_personal_data_comes_out", {"item": names_the_attendee}),
    Broken("test_an_error_quotes_no_personal_data", {"normalise": quotes}),
    Broken("test_hostile_text_is_cleaned", {"text": lambda _, said: str(said)}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.test)
def test_a_broken_adapter_fails(broken):
    with pytest.raises((broken.error, pytest.fail.Exception)):
        broken.fails()


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.test)
def test_a_sound_adapter_passes_where_the_broken_one_fails(broken):
    sound = replace(broken, changes={}, stage={}, base=Parvis if broken.base is WithAClock else broken.base)
    with suppress(pytest.skip.Exception):  # of the sound ones none deletes
        sound.fails()


def test_there_is_a_broken_adapter_for_every_test():
    tests = {name for name in dir(ProviderContract) if name.startswith("test_")}
    assert {broken.test for broken in BROKEN} == tests
    assert len(tests) >= 25


def test_a_skip_has_its_reason():
    contract = type("Contract", (Sound,), {"skips": {"test_records_are_valid": "because"}})()
    with pytest.raises(pytest.skip.Exception, match="because"):
        contract.skip_if_told("test_records_are_valid")
    contract.skip_if_told("test_money_is_decimal")


def test_one_case_of_a_test_can_be_skipped():
    contract = type("Contract", (Sound,), {"skips": {"test_when[cut]": "because"}})()
    with pytest.raises(pytest.skip.Exception, match="because"):
        contract.skip_if_told("test_when[cut]")
    contract.skip_if_told("test_when[slow]")
