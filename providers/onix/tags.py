"""Reads one product of an ONIX message as a tree with the names of ONIX 3's reference tags.

Short tags, namespaces and odd capitals are written in many ways and mean the same. The block is
parsed by itself: whatever a message's DOCTYPE defines is not there, so no entity is ever expanded.
Sources: ONIX for Books 3.0 and 3.1, format specification and its short tags.
"""

import html
import re
from typing import Any, Final, TypeAlias

from lxml import etree

from providers.errors import DataError

Element: TypeAlias = Any
"""An element of lxml; its stubs know nothing of what a proxy costs."""

REFERENCE: Final = frozenset(
    {
        *("Product", "RecordReference", "NotificationType", "ProductIdentifier", "ProductIDType"),
        *("IDTypeName", "IDValue", "DescriptiveDetail", "CollateralDetail", "PublishingDetail"),
        *("ProductSupply", "PromotionDetail", "ContentDetail", "RelatedMaterial", "ProductionDetail"),
        *("Barcode", "DeletionText", "RecordSourceType", "RecordSourceIdentifier", "RecordSourceName"),
        *("ProductPart", "ProductForm", "ProductComposition", "ProductFormDetail", "PrimaryContentType"),
        *("ProductContentType", "TradeCategory", "Collection", "CollectionType", "TitleDetail"),
        *("TitleType", "TitleStatement", "TitleElement", "TitleElementLevel", "TitleText", "TitlePrefix"),
        *("TitleWithoutPrefix", "Subtitle", "PartNumber", "Contributor", "SequenceNumber"),
        *("ContributorRole", "PersonName", "PersonNameInverted", "NamesBeforeKey", "PrefixToKey"),
        *("KeyNames", "NamesAfterKey", "SuffixToKey", "CorporateName", "CorporateNameInverted", "Language"),
        *("LanguageRole", "LanguageCode", "Extent", "ExtentType", "ExtentValue", "ExtentUnit", "Subject"),
        *("MainSubject", "SubjectSchemeIdentifier", "SubjectCode", "SubjectHeadingText", "TextContent"),
        *("TextType", "ContentAudience", "Text", "SupportingResource", "ResourceContentType"),
        *("ResourceMode", "ResourceVersion", "ResourceForm", "ResourceLink", "Publisher", "PublishingRole"),
        *("PublisherName", "Imprint", "ImprintName", "PublishingStatus", "PublishingDate"),
        *("PublishingDateRole", "Date", "DateFormat", "Market", "Territory", "CountriesIncluded"),
        *("CountriesExcluded", "RegionsIncluded", "RegionsExcluded", "MarketPublishingDetail"),
        *("MarketPublishingStatus", "MarketDate", "MarketDateRole", "SupplyDetail", "ProductAvailability"),
        *("Price", "PriceType", "PriceQualifier", "PriceStatus", "PriceAmount", "CurrencyCode"),
        *("PriceDate", "PriceDateRole", "MinimumOrderQuantity", "BatchBonus", "Header", "Sender"),
        *("SenderIdentifier", "SenderName", "SentDateTime", "MessageNumber", "DefaultLanguageOfText"),
        *("DefaultPriceType", "DefaultCurrencyCode"),
    }
)

SHORT: Final = {
    "a001": "RecordReference",
    "a002": "NotificationType",
    "b221": "ProductIDType",
    "b233": "IDTypeName",
    "b244": "IDValue",
    "x314": "ProductComposition",
    "b012": "ProductForm",
    "b333": "ProductFormDetail",
    "x416": "PrimaryContentType",
    "b385": "ProductContentType",
    "b384": "TradeCategory",
    "x329": "CollectionType",
    "b202": "TitleType",
    "x478": "TitleStatement",
    "x409": "TitleElementLevel",
    "b203": "TitleText",
    "b030": "TitlePrefix",
    "b031": "TitleWithoutPrefix",
    "b029": "Subtitle",
    "x410": "PartNumber",
    "b034": "SequenceNumber",
    "b035": "ContributorRole",
    "b036": "PersonName",
    "b037": "PersonNameInverted",
    "b039": "NamesBeforeKey",
    "b247": "PrefixToKey",
    "b040": "KeyNames",
    "b041": "NamesAfterKey",
    "b248": "SuffixToKey",
    "b047": "CorporateName",
    "x443": "CorporateNameInverted",
    "b253": "LanguageRole",
    "b252": "LanguageCode",
    "b218": "ExtentType",
    "b219": "ExtentValue",
    "b220": "ExtentUnit",
    "x425": "MainSubject",
    "b067": "SubjectSchemeIdentifier",
    "b069": "SubjectCode",
    "b070": "SubjectHeadingText",
    "x426": "TextType",
    "x427": "ContentAudience",
    "d104": "Text",
    "x436": "ResourceContentType",
    "x437": "ResourceMode",
    "x441": "ResourceForm",
    "x435": "ResourceLink",
    "b291": "PublishingRole",
    "b081": "PublisherName",
    "b079": "ImprintName",
    "b394": "PublishingStatus",
    "x448": "PublishingDateRole",
    "b306": "Date",
    "j260": "DateFormat",
    "x449": "CountriesIncluded",
    "x451": "CountriesExcluded",
    "x450": "RegionsIncluded",
    "x452": "RegionsExcluded",
    "j407": "MarketPublishingStatus",
    "j408": "MarketDateRole",
    "j396": "ProductAvailability",
    "x462": "PriceType",
    "j261": "PriceQualifier",
    "j266": "PriceStatus",
    "j151": "PriceAmount",
    "j152": "CurrencyCode",
    "x476": "PriceDateRole",
    "j263": "MinimumOrderQuantity",
    "x298": "SenderName",
    "x307": "SentDateTime",
    "m180": "MessageNumber",
    "m184": "DefaultLanguageOfText",
    "x310": "DefaultPriceType",
    "m186": "DefaultCurrencyCode",
}
"""Short tags of data elements; those of composites are the reference names in lower case."""

_NAMES: Final = {name.lower(): name for name in REFERENCE} | SHORT

_PARSER: Final = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    remove_comments=True,
    remove_pis=True,
    huge_tree=False,
)

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE: Final = re.compile(r"&(?:#([0-9]{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z][A-Za-z0-9]{1,31}));")
_OF_XML: Final = frozenset({"lt", "gt", "amp", "quot", "apos"})


def tree_of(document: bytes) -> Element:
    """Give the root of a small UTF-8 document whose elements bear reference names.

    Raises
    ------
    DataError
        `not_well_formed`: it is no XML, even after what XML forbids was taken out.
    """
    try:
        root = etree.fromstring(document, _PARSER)
    except etree.XMLSyntaxError:
        root = _mended(document)
    if _is_foreign(root):
        for element in root.iter():
            element.tag = name_of(element.tag)
    return root


def _is_foreign(root: Element) -> bool:
    """Whether a root's children, or theirs, do not bear the reference names."""
    return any(child.tag not in REFERENCE or (len(child) and child[0].tag not in REFERENCE) for child in root)


def name_of(tag: str) -> str:
    """Give the reference name of a tag as written; unknown ones lose their namespace only."""
    local = tag.rpartition("}")[2]
    return local if local in REFERENCE else _NAMES.get(local.lower(), local)


def _mended(document: bytes) -> Element:
    """Parse once more without control characters, with the named characters of HTML resolved.

    Bytes that are not UTF-8 are read as Windows-1252, the other encoding of French exports.
    """
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError:
        text = document.decode("cp1252", "replace")
    text = _REFERENCE.sub(_resolved, _CONTROLS.sub("", text))
    try:
        return etree.fromstring(text.encode("utf-8"), _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DataError(
            "not_well_formed",
            "La notice n’est pas du XML bien formé.",
            str(error)[:300],
            document,
        ) from None


def _resolved(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        sign = html.unescape(found[0])
        return found[0] if name in _OF_XML or sign == found[0] else html.escape(sign)
    code = int(decimal) if decimal else int(hexadecimal, 16)
    allowed = code <= 0x10FFFF and (code in (9, 10, 13) or code >= 32)
    return found[0] if allowed and not _CONTROLS.match(chr(code)) else ""
