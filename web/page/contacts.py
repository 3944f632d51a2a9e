"""Whom a venue manager may ask: the pass Culture contact of the venue's département."""

from collections.abc import Mapping


def whom_to_ask(postal_code: str, contacts: Mapping[str, str]) -> str:
    """Give the contact of a postal code's département; nothing when none is known."""
    return contacts.get(departement(postal_code), contacts.get("*", ""))


def departement(postal_code: str) -> str:
    """Give « 81 » for 81000, « 2A » for 20000, « 974 » for 97400."""
    if postal_code.startswith(("97", "98")):
        return postal_code[:3]
    if postal_code.startswith("20"):
        return "2A" if postal_code[:3] in {"200", "201"} else "2B"
    return postal_code[:2]
