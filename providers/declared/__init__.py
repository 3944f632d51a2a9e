"""Adapters by declaration: for partners that differ only in address, paging and names.

A partner that lists its events as JSON is said in one literal: where to ask (`Api`), how pages
follow (`Pages`, `Offset`, `Token`, `NextAddress`, `LinkHeader`, or `OnePage`), and which path of an
answer is which field (`EventOf`, `DateOf`, `PlaceOf`, `Tariffs`). `providers/helloasso.py` is an
example.

A path is the keys on the way, with dots: `place.geoLocation.latitude`; `*` means each of a list,
a number one of it; `a|b` is b where a is missing or empty.
"""

from providers.declared.adapter import JsonApi
from providers.declared.asking import Api, Login
from providers.declared.mapping import DateOf, EventOf, PlaceOf, Tariffs
from providers.declared.paging import LinkHeader, NextAddress, Offset, OnePage, Pages, Token

__all__ = [
    "Api",
    "DateOf",
    "EventOf",
    "JsonApi",
    "LinkHeader",
    "Login",
    "NextAddress",
    "Offset",
    "OnePage",
    "Pages",
    "PlaceOf",
    "Tariffs",
    "Token",
]
