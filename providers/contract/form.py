"""What a person meets of an adapter: its name, form, settings, identifier, checks and page."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from models.vocabulary import Family
from providers.base import Check, CheckState, HintRequest, Traversal
from providers.contract.stage import Stage
from providers.errors import ConfigurationError, PartnerError
from providers.faults import FAULTS
from providers.text import typeset

_ENGLISH: Final = re.compile(r"(?i)\b(?:the|is|are|not|and|with|your|please|this|error|failed|invalid)\b")


def is_french(sentence: str) -> bool:
    """Tell whether a sentence can be shown: begins and ends like one, typeset, no English word in it."""
    bare = re.sub(r"«[^»]*»|https?://\S+", "", sentence)
    begins = sentence[:1].isupper() or not sentence[:1].isalpha()
    return (
        begins
        and sentence.rstrip()[-1:] in ".?!…)»"
        and typeset(sentence) == sentence
        and not _ENGLISH.search(bare)
    )


class FormContract(Stage):
    """Name, form, settings, identifier, checks, hints, docs."""

    def test_it_is_named_after_its_module(self) -> None:
        slug, module = self.provider.slug, type(self.provider).__module__
        assert re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", slug)
        if module.startswith("providers."):
            ours = module.split(".")[1]
            assert slug.replace("-", "_") == ours or not (_root() / "providers" / f"{ours}.py").exists()

    def test_it_says_who_the_partner_is(self) -> None:
        assert self.provider.label.strip()
        assert isinstance(self.provider.family, Family)
        assert isinstance(self.provider.version, int)
        assert self.provider.version >= 1

    def test_its_pace_and_traits_are_sensible(self) -> None:
        cadence, limits, traits = self.provider.cadence, self.provider.limits, self.provider.traits
        assert 0 < cadence.shortest.total_seconds() <= cadence.usual.total_seconds()
        assert cadence.usual <= cadence.longest
        assert limits.period.total_seconds() > 0
        assert limits.deadline.total_seconds() > 0
        assert min(limits.requests, limits.parallel_runs, limits.page_items, limits.body) >= 1
        assert isinstance(traits.traversal, Traversal)
        assert traits.primary not in traits.completes
        assert set(traits.completes.values()) <= {traits.primary}
        if not traits.knows_remaining:
            assert not traits.deducts_our_bookings

    def test_settings_come_back_as_they_were_written(self) -> None:
        read = self.read_settings
        kept = read.model_dump(mode="json", exclude=set(self.secrets)) | dict(self.secrets)
        assert type(read).model_validate(kept) == read
        stored = read.model_dump(mode="json", exclude_unset=True, exclude=set(self.secrets)) | dict(
            self.secrets
        )
        assert type(read).model_validate(stored) == read
        for name in type(read).model_fields:
            with pytest.raises(ValidationError):
                setattr(read, name, "changed")

    def test_wrong_settings_are_refused(self) -> None:
        wrong: list[dict[str, Any]] = [{**self.written, "unheard_of": "1"}]
        for name, field in self.provider.Settings.model_fields.items():
            if field.is_required():
                wrong.append({key: each for key, each in self.written.items() if key != name})
                wrong.append({**self.written, name: ""})
        for settings in [*wrong, *self.refused_settings]:
            with pytest.raises(ValidationError):
                self.provider.Settings.model_validate(dict(settings))

    def test_any_setting_is_read_or_refused(self) -> None:
        names = sorted(self.provider.Settings.model_fields)
        if not names:
            self.does_not_apply("it has no settings")
        values = (
            st.text(max_size=30) | st.integers() | st.none() | st.booleans() | st.lists(st.text(), max_size=2)
        )

        @hypothesis.settings(max_examples=60, deadline=None, derandomize=True, report_multiple_bugs=False)
        @hypothesis.given(st.sampled_from(names), values)
        def any_setting(name: str, value: Any) -> None:
            with suppress(ValidationError):
                self.provider.Settings.model_validate({**self.written, name: value})

        any_setting()

    def test_an_error_about_settings_does_not_quote_them(self) -> None:
        with pytest.raises(ValidationError) as raised:
            self.provider.Settings.model_validate({**self.written, "unheard_of": "sésame-ouvre-toi"})
        assert "sésame" not in str(raised.value)

    def test_the_form_is_complete(self) -> None:
        assert self.provider.identifier_label.strip()
        assert len(self.provider.identifier_help) >= 20, "say what to paste, with an example"
        for name, field in self.provider.Settings.model_fields.items():
            assert field.title, f"{name} has no title"
            assert field.description, f"{name} has no description"
        for said in (self.provider.identifier_label, self.provider.identifier_help):
            assert not _ENGLISH.search(re.sub(r"«[^»]*»|\S*[/.]\S*", "", said)), said
        if self.provider.traits.primary == "event" and not self.provider.traits.knows_remaining:
            asked = set(self.provider.Settings.model_fields)
            assert "capacity" in asked, "nobody says how many places there are: use `OfferDefaults`"

    def test_what_looks_secret_is_secret(self) -> None:
        for name in self.provider.Settings.model_fields:
            if re.search(r"token|secret|password|api_?key|credential", name):
                assert isinstance(getattr(self.read_settings, name), SecretStr | None), name

    def test_an_identifier_once_read_stays_the_same(self) -> None:
        assert self.stored, "say the identifier"
        assert self.provider.read_identifier(self.stored) == self.stored
        assert self.provider.read_identifier(f"  {self.stored}\n") == self.stored
        with self.visit() as visit:
            assert self.provider.resolve(visit) == self.stored

    def test_a_wrong_identifier_is_refused_in_french(self) -> None:
        for wrong in ("", "  \n", *self.refused_identifiers):
            with pytest.raises(ConfigurationError) as raised:
                self.provider.read_identifier(wrong)
            assert is_french(raised.value.sentence), raised.value.sentence
            assert raised.value.code

    def test_any_identifier_is_read_or_refused(self) -> None:
        @hypothesis.settings(max_examples=60, deadline=None, derandomize=True, report_multiple_bugs=False)
        @hypothesis.given(
            st.text(max_size=60) | st.text(max_size=20).map(lambda end: f"https://partner.example/{end}")
        )
        def any_identifier(written: str) -> None:
            with suppress(ConfigurationError):
                read = self.provider.read_identifier(written)
                assert self.provider.read_identifier(read) == read

        any_identifier()

    def test_check_gives_named_results_in_french(self) -> None:
        checks = self.checks()
        assert len(checks) >= 2, "say at least that it answers, and what it would bring"
        assert len({check.name for check in checks}) == len(checks)
        for check in checks:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", check.name)
            assert isinstance(check.state, CheckState)
            assert is_french(check.sentence), check.sentence
        assert all(check.state is not CheckState.FAILED for check in checks), checks

    @pytest.mark.parametrize("fault", ["unauthorised", "not_found", "html", "rate_limited", "empty"])
    def test_check_says_what_to_do_about_a_failure(self, fault: str) -> None:
        checks: list[Check] = []
        error = None
        try:
            with self.visit(FAULTS[fault]) as visit:
                checks.extend(self.provider.check(visit))
        except PartnerError as raised:
            error = raised
        failed = [check.sentence for check in checks if check.state is CheckState.FAILED]
        sentences = failed + ([error.sentence] if error else [])
        assert sentences, "the failure was not told"
        assert all(is_french(sentence) for sentence in sentences), sentences

    def test_any_hint_is_read_or_unknown(self) -> None:
        @hypothesis.settings(max_examples=60, deadline=None, derandomize=True, report_multiple_bugs=False)
        @hypothesis.given(
            st.binary(max_size=80) | st.sampled_from([b"{}", b"[]", b"null", b"1", b"[" * 4000])
        )
        def any_hint(body: bytes) -> None:
            refs = self.provider.hint(HintRequest({"content-type": "application/json"}, body))
            assert refs is None or isinstance(refs, frozenset)
            assert refs is None or self.provider.traits.hints

        any_hint()

    def test_the_page_names_every_setting(self) -> None:
        page = self.docs or _root() / "docs" / "providers" / f"{self.provider.slug}.md"
        assert page.is_file(), f"write docs/providers/{page.name}"
        text = page.read_text(encoding="utf-8")
        assert text.startswith("# ")
        missing = [name for name in self.provider.Settings.model_fields if f"`{name}`" not in text]
        assert not missing, f"the page does not name {missing}"


def _root() -> Path:
    return Path(__file__).resolve().parents[2]
