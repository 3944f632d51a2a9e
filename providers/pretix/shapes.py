"""What we read of pretix's JSON: the fields that matter, and nothing of orders, vouchers or people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from providers.records import UNKNOWN, NotSaid

_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _likely(instant: datetime) -> datetime:
    if not _FIRST < instant < _LAST:
        raise ValueError("not an instant of our time")
    return instant.astimezone(UTC)


def _textual(written: Any) -> Any:
    """Give pretix's translated text as a mapping: it is a mapping, a bare text, or nothing."""
    if isinstance(written, Mapping):
        return {key: said for key, said in written.items() if isinstance(said, str)}
    return {"": written} if isinstance(written, str) else {}


Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(_likely)]
Words: TypeAlias = Annotated[dict[str, str], BeforeValidator(_textual)]
Id: TypeAlias = Annotated[int, Field(ge=0, lt=2**63)]
Ids: TypeAlias = frozenset[Id]
Amount: TypeAlias = Annotated[Decimal, Field(ge=0, lt=100_000_000)]
Channels: TypeAlias = tuple[str, ...] | None


class Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Sold(Shape):
    """What an item and a variation have in common."""

    id: Id
    active: bool = True
    available_from: Instant | None = None
    available_until: Instant | None = None
    hide_without_voucher: bool = False
    require_membership: bool = False
    all_sales_channels: bool | None = None
    limit_sales_channels: Channels = None
    sales_channels: Channels = None

    @property
    def is_public(self) -> bool:
        """Whether anybody may buy it on the web; the list of channels is that of before 2024."""
        return (
            self.active
            and not self.hide_without_voucher
            and not self.require_membership
            and on_the_web(self.all_sales_channels, self.limit_sales_channels, self.sales_channels)
        )


class Variation(Sold):
    value: Words = {}
    default_price: Amount | None = None


class AddOn(Shape):
    addon_category: Id | None = None


class Bundle(Shape):
    """What comes with each ticket of a product, so many of it; no variation: the product has none."""

    bundled_item: Id
    bundled_variation: Id | None = None
    count: Annotated[int, Field(ge=1)] = 1

    def is_bound_by(self, quota: "Quota") -> bool:
        if self.bundled_variation is None:
            return self.bundled_item in quota.items
        return self.bundled_variation in quota.variations


class PretixItem(Sold):
    """A product: a tariff, a kind of seat, or a T-shirt."""

    name: Words = {}
    category: Id | None = None
    admission: bool = True
    default_price: Amount
    free_price: bool = False
    require_voucher: bool = False
    require_bundling: bool = False
    issue_giftcard: bool = False
    hidden_if_available: Id | None = None
    hidden_if_item_available: Id | None = None
    picture: str | None = None
    addons: tuple[AddOn, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    variations: tuple[Variation, ...] = ()

    @property
    def is_public(self) -> bool:
        alone = not (self.require_voucher or self.require_bundling or self.issue_giftcard)
        return alone and super().is_public


class Override(Shape):
    """What is different about an item, or a variation, at one date."""

    item: Id | None = None
    variation: Id | None = None
    price: Amount | None = None
    disabled: bool = False
    available_from: Instant | None = None
    available_until: Instant | None = None


class When(Shape):
    """What an event and a date of a series have in common."""

    is_public: bool = True
    date_from: Instant | None = None
    date_to: Instant | None = None
    presale_start: Instant | None = None
    presale_end: Instant | None = None
    location: Words = {}
    geo_lat: float | None = None
    geo_lon: float | None = None


class SubEvent(When):
    """A date of a series; inactive means cancelled, or not announced yet."""

    id: Id
    active: bool = True
    item_price_overrides: tuple[Override, ...] = ()
    variation_price_overrides: tuple[Override, ...] = ()


class Quota(Shape):
    """How many of some items can still be sold; `available_number` null is unlimited.

    Both are missing where pretix was not asked for them, or is too old to say.
    """

    id: Id
    subevent: Id | None = None
    items: Ids = frozenset()
    variations: Ids = frozenset()
    available: bool | None = None
    available_number: int | NotSaid | None = UNKNOWN


class Event(When):
    slug: str
    name: Words = {}
    live: bool = True
    testmode: bool = False
    currency: str = "EUR"
    has_subevents: bool = False
    all_sales_channels: bool | None = None
    limit_sales_channels: Channels = None
    sales_channels: Channels = None

    @property
    def is_on_sale(self) -> bool:
        """Whether its shop is open to anybody."""
        shown = self.live and self.is_public and not self.testmode
        return shown and on_the_web(self.all_sales_channels, self.limit_sales_channels, self.sales_channels)


class Presentation(Shape):
    """What its settings add to an event: the text of its front page and its images."""

    frontpage_text: Words = {}
    og_image: str | None = None
    logo_image: str | None = None


class Payload(Shape):
    """An item of ours: an event, its products, its dates to come and their quotas, as it was when `asked`."""

    event: Event
    presentation: Presentation = Presentation()
    items: tuple[PretixItem, ...] = ()
    dates: tuple[SubEvent, ...] = ()
    quotas: tuple[Quota, ...] = ()
    asked: Instant


_NULL_SPEAKS: Final = frozenset({"available_number"})
"""Null is a word there; elsewhere it is nothing said."""

_NESTED: Final[Mapping[str, type[Shape]]] = {
    "variations": Variation,
    "addons": AddOn,
    "bundles": Bundle,
    "item_price_overrides": Override,
    "variation_price_overrides": Override,
}


def trim(shape: type[Shape], said: Any) -> dict[str, Any]:
    """Keep of an object what its shape reads, as JSON; whether it fits is asked later."""
    if not isinstance(said, Mapping):
        return {}
    kept = {
        key: _plain(said[key])
        for key in shape.model_fields
        if said.get(key) is not None or (key in said and key in _NULL_SPEAKS)
    }
    for key, nested in _NESTED.items():
        if isinstance(said.get(key), list) and key in kept:
            kept[key] = [trim(nested, each) if isinstance(each, Mapping) else each for each in said[key]]
    return kept


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def on_the_web(every: bool | None, some: Channels, old: Channels) -> bool:  # noqa: FBT001 - pretix's words
    """Tell whether the web shop is among the sales channels, by the new fields or the old list."""
    if every is not None:
        return every or "web" in (some or ())
    return old is None or "web" in old


def says(words: Mapping[str, str]) -> str:
    """Give the French of a translated text, else the English, the German, whatever there is."""
    for language in ("fr", "en", "de", *words):
        if said := words.get(language, "").strip():
            return said
    return ""


def is_over(when: When, now: datetime) -> bool:
    """Tell whether it has ended, as pretix does: what says no end has ended when it began."""
    end = when.date_to or when.date_from
    return end is not None and end < now
