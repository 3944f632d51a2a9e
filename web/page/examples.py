"""Examples of what an import would bring, as the template of an offer's card reads them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.venue import Venue
from web.shapes import Sample


def example(sample: Sample, settings: Mapping[str, Any], venue: Venue) -> Mapping[str, Any]:
    """Give a sample, with what the form and the venue answer where the partner is silent."""
    starts = sorted(date.starts_at for date in sample.dates if date.starts_at)
    said = [Decimal(date.price) for date in sample.dates if date.price is not None]
    proposed = [Decimal(date.price_proposed) for date in sample.dates if date.price_proposed is not None]
    if not said and not proposed and settings.get("price") is not None:
        said = [Decimal(str(settings["price"]))]
    return {
        "title": sample.title,
        "category": sample.category or settings.get("category") or venue.default_category,
        "image_url": sample.image_url,
        "place_name": sample.place,
        "place_city": None,
        "next_at": starts[0] if starts else None,
        "dates": sample.dates_in_all,
        "price": min(said) if said else None,
        "price_proposed": min(proposed) if proposed else None,
    }
