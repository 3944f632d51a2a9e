"""Eventbrite: an organisation's events, by its API (v3), as a declaration."""

from datetime import timedelta
from typing import ClassVar, Final

from pydantic import Field, SecretStr

from models.vocabulary import Family
from providers.base import Cadence, Limits, Traits, VenueFact
from providers.declared import Api, DateOf, EventOf, JsonApi, PlaceOf, Tariffs, Token
from providers.settings import OfferDefaults
from providers.text import typeset


class EventbriteSettings(OfferDefaults):
    """Eventbrite says prices and whether an event is sold out, not how many places are left."""

    token: SecretStr = Field(
        min_length=8,
        max_length=200,
        title="Jeton privé",
        description=typeset("Dans Eventbrite : « Paramètres du compte », « Clés d’API », « Jeton privé »."),
    )


class Eventbrite(JsonApi[EventbriteSettings]):
    """Each event has one date; those of a series are events of their own."""

    slug = "eventbrite"
    label = "Eventbrite"
    family = Family.TICKETING
    version = 1
    traits = Traits(
        keeps_session_ids=True, uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION})
    )
    cadence = Cadence(shortest=timedelta(minutes=15), usual=timedelta(hours=1))
    limits = Limits(requests=30, period=timedelta(minutes=1))
    Settings: ClassVar = EventbriteSettings

    identifier_label = "Numéro de l’organisation dans Eventbrite"
    identifier_help = typeset(
        "Collez le numéro de votre organisation, par exemple « 461283519271 » : il est dans l’adresse "
        "de vos paramètres d’organisation."
    )
    identifier_pattern = r"(?:https?://\S*/(?:organizations?|o)/(?:\S*-)?)?([0-9]{5,20})/?"

    api = Api(
        url="https://www.eventbriteapi.com/v3/organizations/{identifier}/events/"
        "?status=live,started,canceled&time_filter=current_future&order_by=created_asc"
        "&expand=venue,category,ticket_availability",
        items="events",
        host="Eventbrite",
        paging=Token("continuation", at="pagination.continuation", more="pagination.has_more_items"),
        headers={"Authorization": "Bearer {token}"},
    )
    event = EventOf(
        ref="id",
        title="name.text",
        description="description.text|summary",
        image="logo.original.url|logo.url",
        url="url",
        keywords="category.name_localized|category.name",
        online="online_event",
        on_sale="status=live,started,canceled",
        zone="start.timezone",
        currency="currency",
        place=PlaceOf(
            name="venue.name",
            address="venue.address.address_1",
            postal_code="venue.address.postal_code",
            city="venue.address.city",
            latitude="venue.address.latitude|venue.latitude",
            longitude="venue.address.longitude|venue.longitude",
        ),
        date=DateOf(
            starts="start.utc|start.local",
            ref="id",
            ends="end.utc|end.local",
            closes="ticket_availability.end_sales_date.utc",
            cancelled="status=canceled",
            full="ticket_availability.is_sold_out",
            free="is_free",
            price=Tariffs(
                ["ticket_availability.minimum_ticket_price", "ticket_availability.maximum_ticket_price"],
                "major_value",
            ),
        ),
    )


PROVIDER: Final = Eventbrite()
