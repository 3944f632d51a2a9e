"""Schemathesis asks the hook everything that its own description allows, and some that it does not."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from runtime.settings import RuntimeSettings
from tests.web.conftest import Town
from web.app import create_app
from workers.visits import Site

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIPTION = create_app(Site("postgresql://nowhere", "redis://nowhere", RuntimeSettings())).openapi()
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}


def is_anything_right(operation: schemathesis.schemas.APIOperation) -> bool:
    """Whether no request is against the description."""
    return "/hooks/" in operation.path or not (operation.body or any(operation.iter_parameters()))


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of a run that nobody does would wait for it, as would a preview for its partner."""
    monkeypatch.setattr("web.progress.LONGEST", 0.2)
    monkeypatch.setattr("web.hook.links.PREVIEW_SECONDS", 0.2)


@pytest.mark.parametrize(
    ("label", "mode"),
    [
        (label, mode)
        for label, operation in OPERATIONS.items()
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or not is_anything_right(operation)
    ],
)
def test_the_hook_answers_as_it_says(label: str, mode: GenerationMode, quiet_town: Town) -> None:
    strategy = OPERATIONS[label].as_strategy(generation_mode=mode)

    @settings(
        max_examples=8,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: schemathesis.Case) -> None:
        for name, value in case.path_parameters.items():
            if isinstance(value, int) and value > 3:
                case.path_parameters[name] = value % 3 + 1  # what exists, more often than not
        asked = case.as_transport_kwargs(base_url="http://testserver")
        asked.pop("cookies", None)
        if asked.get("data") is not None:
            asked["content"] = asked.pop("data")
        ours = {name: value for name, value in asked["headers"].items() if name.lower() not in NOT_THEIRS}
        answer = quiet_town.client.request(**asked | {"headers": ours | quiet_town.bearer()})
        case.validate_response(answer, checks=CHECKS)

    ask()


NOT_THEIRS = {"authorization", "webhook-signature"}
