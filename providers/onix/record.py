"""Reads one product of a message: what it becomes as a record of ours."""

from typing import Any, Final

from models.vocabulary import Reason
from providers.base import Item, Visit
from providers.books.description import plain_line
from providers.books.ean import read_ean
from providers.errors import DataError
from providers.onix import collateral, descriptive, supply
from providers.onix.identity import NO_NEWS, PARTIAL, WITHDRAWN, named
from providers.onix.settings import OnixSettings
from providers.onix.tags import Element, tree_of
from providers.records import LeftOut, ProductRecord

_WHOLE: Final = frozenset({"", "01", "02", "03", WITHDRAWN})

_BLOCKS: Final = ("DescriptiveDetail", "CollateralDetail", "PublishingDetail", "ProductSupply")


def read(item: Item, visit: Visit[OnixSettings]) -> ProductRecord | LeftOut:
    """Give the record of a product.

    Raises
    ------
    DataError
        The product cannot be read: it is no XML, its EAN is wrong, it has no title.
    """
    if not isinstance(item.payload, bytes):
        raise DataError("not_a_product", "La notice n’est pas lisible.", repr(item.payload)[:200])
    wrapping = tree_of(item.payload)
    product = wrapping[0] if len(wrapping) else None
    if product is None or product.tag != "Product":
        raise DataError("not_a_product", "La notice n’est pas lisible.", head=item.payload)
    told = named(product)
    if told.notification in NO_NEWS:
        return LeftOut(item.ref, Reason.NO_NEWS)
    if not told.written:
        return LeftOut(item.ref, Reason.NO_EAN)
    ean = read_ean(told.written)
    blocks: dict[str, list[Element]] = {}
    for child in product:
        if child.tag in _BLOCKS:
            blocks.setdefault(child.tag, []).append(child)
    is_partial = told.notification == PARTIAL
    fields = _fields(blocks, wrapping, visit)
    only = None
    if is_partial:
        if not fields.get("title"):
            fields.pop("title", None)
            fields.pop("subtitle", None)
        only = frozenset(fields)
    elif told.notification not in _WHOLE:
        sentence = f"La notice est d’un type inconnu : « {told.notification[:20]} »."
        raise DataError("notification_unknown", sentence, head=item.payload)
    elif not fields.get("title"):
        raise DataError("title_missing", "La notice n’a pas de titre.", head=item.payload)
    if not is_partial and not fields.get("published"):
        fields["published"] = supply.published(blocks.get("ProductSupply", ()))
    return ProductRecord(item.ref, ean, only=only, **fields)


def _fields(
    blocks: dict[str, list[Element]], wrapping: Element, visit: Visit[OnixSettings]
) -> dict[str, Any]:
    """Give the fields of the blocks that are there; a block brings all of its own."""
    fields: dict[str, Any] = {}
    if found := blocks.get("DescriptiveDetail"):
        fields |= descriptive.read(found[0], wrapping.attrib)
    if found := blocks.get("CollateralDetail"):
        fields |= collateral.read(found[0])
    supplies = blocks.get("ProductSupply", [])
    status = ""
    if found := blocks.get("PublishingDetail"):
        told, status = _publishing(found[0])
        fields |= told
    if supplies:
        asked = supply.Asked(visit.clock(), wrapping.get("price_type", ""), wrapping.get("currency", ""))
        fields |= supply.read(supplies, asked)
        if fields["available"] is None and supply.is_off_sale(status):
            fields["available"] = False
    return fields


def _publishing(block: Element) -> tuple[dict[str, Any], str]:
    """Give `publisher` and `published`, and the publishing status; the imprint stands for no publisher."""
    publisher = other = imprint = published = status = ""
    for child in block:
        tag = child.tag
        if tag == "PublishingDate":
            published = published or supply.dated(child, "PublishingDateRole", "01")
        elif tag == "Publisher":
            told = {leaf.tag: (leaf.text or "").strip() for leaf in child}
            if told.get("PublishingRole", "01") == "01":
                publisher = publisher or told.get("PublisherName", "")
            else:
                other = other or told.get("PublisherName", "")
        elif tag == "Imprint":
            imprint = imprint or next(
                ((leaf.text or "").strip() for leaf in child if leaf.tag == "ImprintName"), ""
            )
        elif tag == "PublishingStatus":
            status = (child.text or "").strip()
    named = plain_line(publisher or imprint or other)[:200]
    return {"publisher": named, "published": published}, status
