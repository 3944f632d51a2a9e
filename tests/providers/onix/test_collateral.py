"""What is said and shown of a product: its description and its cover."""

import pytest

from tests.providers.onix.messages import book, descriptive, product


def text(words: str, kind: str = "03", audience: str = "00", attributes: str = "") -> str:
    return (
        f"<TextContent><TextType>{kind}</TextType><ContentAudience>{audience}</ContentAudience>"
        f"<Text{attributes}>{words}</Text></TextContent>"
    )


class TestTextsAndCover:
    def shown(self, *contents: str):
        return book(
            product(blocks=f"{descriptive()}<CollateralDetail>{''.join(contents)}</CollateralDetail>")
        )

    @pytest.mark.parametrize(
        "words",
        [
            "&lt;p&gt;Un soir d’été.&lt;/p&gt;&lt;p&gt;Le bac.&lt;/p&gt;",
            "&amp;lt;p&amp;gt;Un soir d&amp;amp;rsquo;&amp;eacute;t&amp;eacute;.&amp;lt;/p&amp;gt;Le bac.",
            "<![CDATA[<p>Un soir d&rsquo;&eacute;t&eacute;.<br />Le bac.</p>]]>",
            "<p>Un <em>soir</em>\n  d’été.</p> <p>Le bac.</p>",
            '<p xmlns="http://www.w3.org/1999/xhtml">Un soir <b>d’été</b>.</p><div>Le bac.</div>',
            "<![CDATA[<p class=\"x\">Un soir d’été.</p><script>alert(1)</script><p onclick='x()'>Le bac.</p>]]>",
            "Un soir d’été.\n\nLe bac.",
        ],
    )
    def test_a_description_is_plain_text_however_it_was_escaped(self, words):
        assert self.shown(text(words)).description == "Un soir d’été.\n\nLe bac."

    def test_the_description_comes_before_the_short_one_and_what_is_for_the_trade_is_not_shown(self):
        short, long, trade = text("Court.", "02"), text("Long."), text("Argumentaire.", audience="02")
        assert self.shown(trade, short, long).description == "Long."
        assert self.shown(trade, short).description == "Court."
        assert self.shown(trade).description == ""
        assert self.shown(text("Une critique.", "06")).description == ""

    def test_contacts_are_hidden(self):
        assert (
            self.shown(text("Écrivez à jo@lenne.example ou au 01 99 00 12 34.")).description
            == "Écrivez à … ou au …."
        )

    def resource(self, *links: str, kind: str = "01", mode: str = "03") -> str:
        versions = "".join(
            f"<ResourceVersion><ResourceForm>02</ResourceForm><ResourceLink>{link}</ResourceLink></ResourceVersion>"
            for link in links
        )
        return (
            f"<SupportingResource><ResourceContentType>{kind}</ResourceContentType><ContentAudience>00</ContentAudience>"
            f"<ResourceMode>{mode}</ResourceMode>{versions}</SupportingResource>"
        )

    def test_the_cover_is_a_picture_with_an_address(self):
        back, front = (
            self.resource("https://c.example/dos.jpg", kind="02"),
            self.resource("9790.jpg", " https://c.example/1.jpg?a=b "),
        )
        assert self.shown(back, front).cover_url == "https://c.example/1.jpg?a=b"
        for link in (
            "1.jpg",
            "javascript:alert(1)",
            "https://user:secret@c.example/1.jpg",
            "https://c.example/a b.jpg",
            "https://localhost/1.jpg",
        ):
            assert self.shown(self.resource(link)).cover_url == ""
