"""Which adapters are found, and that a broken one stays alone."""

import sys
from importlib.metadata import EntryPoint

import pytest

from providers import registry
from providers.errors import ConfigurationError, TransientError
from providers.registry import CONTRACT, broken, provider, provider_modules, usable

ADAPTER = """
from providers.base import Provider
from models.vocabulary import Family

class Theirs(Provider):
    slug = "{slug}"
    label = "Le leur"
    family = Family.AGENDA
    version = 1
    contract = {contract}

    def check(self, visit): ...
    def fetch(self, visit): ...
    def normalise(self, item, visit): ...

PROVIDER = {provider}
"""


@pytest.fixture(autouse=True)
def anew():
    for cached in (provider_modules, provider, registry._tried):
        cached.cache_clear()
    yield
    for cached in (provider_modules, provider, registry._tried):
        cached.cache_clear()


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a package that brings an adapter; gives its module's name."""
    monkeypatch.syspath_prepend(tmp_path)
    points = []
    monkeypatch.setattr(registry, "entry_points", lambda group: points if "passerelle" in group else [])

    def install(slug: str, source: str) -> None:
        module = f"theirs_{slug}_{len(points)}"
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.delitem(sys.modules, module, raising=False)
        points.append(EntryPoint(slug, f"{module}:PROVIDER", "passerelle.providers"))

    return install


def source(slug: str = "theirs", contract: object = CONTRACT, provider: str = "Theirs()") -> str:
    return ADAPTER.format(slug=slug, contract=contract, provider=provider)


def test_ours_are_found_by_scanning_and_all_can_be_used():
    assert set(provider_modules()) >= {"openagenda", "ical", "feed", "pretix", "helloasso", "eventbrite"}
    assert not {"base", "contract", "declared", "registry", "text"} & set(provider_modules())
    assert broken() == {}
    assert [adapter.slug for adapter in usable()] == sorted(provider_modules())


def test_an_installed_package_brings_its_adapter(installed):
    installed("theirs", source())
    assert provider("theirs").label == "Le leur"
    assert "theirs" in [adapter.slug for adapter in usable()]


def test_ours_come_before_one_of_the_same_name(installed):
    installed("pretix", source("pretix"))
    assert provider("pretix").label == "pretix"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
        ("import nowhere_at_all", "ModuleNotFoundError"),
        ("PROVIDER = 5", "is no Provider, but int"),
        ("", "no attribute 'PROVIDER'"),
        (source("another"), "calls itself 'another'"),
        (source(contract=CONTRACT + 1), f"for version {CONTRACT + 1} of the contract, this is {CONTRACT}"),
        (source(contract=None), "for version None"),
        ("class Broken:\n    __import__('sys').exit(3)\nPROVIDER = 1", "SystemExit"),
    ],
)
def test_a_broken_one_is_reported_and_the_others_run(installed, code, why, caplog):
    installed("theirs", code)
    installed("fine", source("fine"))
    assert why in broken()["theirs"]
    names = [adapter.slug for adapter in usable()]
    assert "fine" in names
    assert "pretix" in names
    assert "theirs" not in names
    with pytest.raises(TransientError) as raised:
        provider("theirs")
    assert raised.value.code == "provider_broken"
    assert why not in raised.value.sentence
    assert caplog.text.count("cannot be used") == 1, "told more than once a process"


def test_one_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ConfigurationError, match="pretix"):
        provider("nobody")
