"""HelloAsso: an association's events, by its API (v5), as a declaration."""

from datetime import timedelta
from typing import ClassVar, Final

from pydantic import Field, SecretStr

from models.vocabulary import Family
from providers.base import Cadence, Limits, Traits, VenueFact
from providers.declared import Api, DateOf, EventOf, JsonApi, Login, Pages, PlaceOf, Tariffs
from providers.settings import OfferDefaults
from providers.text import typeset

API: Final = "https://api.helloasso.com"
WHERE: Final = typeset(
    "Dans HelloAsso : « Mon compte », « Intégrations et API ». Copiez-y la valeur en entier."
)


class HelloAssoSettings(OfferDefaults):
    """HelloAsso says prices, never how many places are left."""

    client_id: str = Field(pattern=r"^[\x21-\x7e]{8,100}$", title="Client ID", description=WHERE)
    client_secret: SecretStr = Field(min_length=8, max_length=200, title="Client Secret", description=WHERE)


class HelloAsso(JsonApi[HelloAssoSettings]):
    """Each form of the type « Event » is an event with one date; its tiers are the tariffs."""

    slug = "helloasso"
    label = "HelloAsso"
    family = Family.TICKETING
    version = 1
    traits = Traits(
        keeps_session_ids=True, uses=frozenset({VenueFact.NAME, VenueFact.TIMEZONE, VenueFact.POSITION})
    )
    cadence = Cadence(shortest=timedelta(minutes=15), usual=timedelta(hours=1))
    limits = Limits(requests=60, period=timedelta(minutes=1))
    Settings: ClassVar = HelloAssoSettings

    identifier_label = "Nom de l’association dans HelloAsso"
    identifier_help = typeset(
        "Collez l’adresse de votre page, par exemple « https://www.helloasso.com/associations/mon-theatre »."
    )
    identifier_pattern = (
        r"(?:(?:https?://)?(?:www\.)?helloasso\.com/associations/)?([a-z0-9][a-z0-9-]{0,200})(?:/.*)?"
    )

    api = Api(
        url=f"{API}/v5/organizations/{{identifier}}/forms?formTypes=Event&pageSize=50",
        items="data",
        host="HelloAsso",
        paging=Pages("pageIndex", total="pagination.totalPages"),
        login=Login(
            f"{API}/oauth2/token",
            {
                "grant_type": "client_credentials",
                "client_id": "{client_id}",
                "client_secret": "{client_secret}",
            },
        ),
        headers={"Authorization": "Bearer {token}"},
        detail=f"{API}/v5/organizations/{{identifier}}/forms/Event/{{ref}}/public",
    )
    event = EventOf(
        ref="formSlug",
        title="title",
        description="description",
        image="banner.publicUrl|logo.publicUrl",
        url="url",
        keywords="activityType",
        on_sale="state=Public",
        currency="currency",
        place=PlaceOf(
            name="place.name",
            address="place.address",
            postal_code="place.zipCode",
            city="place.city",
            latitude="place.geoLocation.latitude",
            longitude="place.geoLocation.longitude",
        ),
        date=DateOf(
            starts="startDate",
            ref="formSlug",
            ends="endDate",
            closes="saleEndDate",
            price=Tariffs(["tiers.*"], "price", name="label", chosen="minAmount", cents=True),
        ),
    )


PROVIDER: Final = HelloAsso()
