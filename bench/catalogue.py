"""A catalogue made up for the benches: products of some three kilobytes, as distributors send them."""

from collections.abc import Iterator
from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ONIXMessage release="3.0" xmlns="http://ns.editeur.org/onix/3.0/reference">
<Header><Sender><SenderName>Distribution du Bac</SenderName></Sender><MessageNumber>412</MessageNumber>
<SentDateTime>20300101T0300Z</SentDateTime></Header>
"""
PRODUCT = """<Product>
<RecordReference>example.bac.{number}</RecordReference><NotificationType>03</NotificationType>
<ProductIdentifier><ProductIDType>01</ProductIDType><IDTypeName>Maison</IDTypeName><IDValue>{number}</IDValue></ProductIdentifier>
<ProductIdentifier><ProductIDType>03</ProductIDType><IDValue>{ean}</IDValue></ProductIdentifier>
<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{ean}</IDValue></ProductIdentifier>
<DescriptiveDetail><ProductComposition>00</ProductComposition><ProductForm>BC</ProductForm>
<Measure><MeasureType>01</MeasureType><Measurement>178</Measurement><MeasureUnitCode>mm</MeasureUnitCode></Measure>
<Collection><CollectionType>10</CollectionType><TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>02</TitleElementLevel><TitleText>Rivages</TitleText></TitleElement></TitleDetail></Collection>
<TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel><TitleText>Le pont n° {number}</TitleText><Subtitle>Roman</Subtitle></TitleElement></TitleDetail>
<Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole><NamesBeforeKey>Ana</NamesBeforeKey><KeyNames>Vaubréal</KeyNames></Contributor>
<Language><LanguageRole>01</LanguageRole><LanguageCode>fre</LanguageCode></Language>
<Extent><ExtentType>00</ExtentType><ExtentValue>224</ExtentValue><ExtentUnit>03</ExtentUnit></Extent>
<Subject><MainSubject/><SubjectSchemeIdentifier>29</SubjectSchemeIdentifier><SubjectCode>3442</SubjectCode></Subject>
<Subject><SubjectSchemeIdentifier>93</SubjectSchemeIdentifier><SubjectCode>FBA</SubjectCode></Subject></DescriptiveDetail>
<CollateralDetail><TextContent><TextType>03</TextType><ContentAudience>00</ContentAudience><Text>&lt;p&gt;Un soir de novembre, au bord de l&amp;rsquo;eau, une femme attend le dernier bac. Ce qu'elle sait du pont, personne ne le croit.&lt;/p&gt;&lt;p&gt;Vingt ans plus tard, le village se tait encore.&lt;/p&gt;</Text></TextContent>
<SupportingResource><ResourceContentType>01</ResourceContentType><ContentAudience>00</ContentAudience><ResourceMode>03</ResourceMode><ResourceVersion><ResourceForm>02</ResourceForm><ResourceLink>https://couvertures.example/{number}.jpg</ResourceLink></ResourceVersion></SupportingResource></CollateralDetail>
<PublishingDetail><Publisher><PublishingRole>01</PublishingRole><PublisherName>Éditions du Bac</PublisherName></Publisher><PublishingStatus>04</PublishingStatus><PublishingDate><PublishingDateRole>01</PublishingDateRole><Date dateformat="00">20290314</Date></PublishingDate></PublishingDetail>
<ProductSupply><Market><Territory><CountriesIncluded>FR</CountriesIncluded></Territory></Market><SupplyDetail><Supplier><SupplierRole>01</SupplierRole><SupplierName>Distribution du Bac</SupplierName></Supplier><ProductAvailability>20</ProductAvailability><Price><PriceType>04</PriceType><PriceAmount>10.95</PriceAmount><CurrencyCode>EUR</CurrencyCode></Price></SupplyDetail></ProductSupply>
</Product>
"""


def message(products: int) -> Iterator[bytes]:
    """Write an ONIX message, a product at a time."""
    yield HEAD.encode()
    for number in range(products):
        yield PRODUCT.format(number=number, ean=ean(number)).encode()
    yield b"</ONIXMessage>\n"


def write(path: Path, products: int) -> None:
    with path.open("wb") as file:
        file.writelines(message(products))


def ean(number: int) -> str:
    """Give the EAN-13 of a number."""
    digits = f"979{number:09}"
    return digits + str(-sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(digits)) % 10)
