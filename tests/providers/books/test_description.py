"""Descriptions of books as plain text."""

import pytest

from providers.books.description import LONGEST, plain_description


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Le bac.", "Le bac."),
        ("<p>Le bac.</p>\n<p>L’eau.</p>", "Le bac.\n\nL’eau."),
        ("&lt;p&gt;Le bac.&lt;/p&gt;", "Le bac."),
        ("&amp;lt;p&amp;gt;L&amp;amp;eacute;t&amp;eacute;&amp;lt;/p&amp;gt;", "Lété"),
        ("A &lt; B et C &gt; D", "A < B et C > D"),
        ("<ul><li>un</li><li>deux</li></ul>", "- un\n\n- deux"),
        ('<P STYLE="x">Le <A HREF="https://x.example">bac</A>.</P>', "Le bac."),
        ("<script>alert(1)</script>Le bac.<style>p{}</style>", "Le bac."),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Le bac.", "Le bac."),
        ("<p>Le bac\nest\nparti.</p>", "Le bac est parti."),
        ("Un.\nDeux.", "Un.\nDeux."),
        ("<!-- non -->Le bac.", "Le bac."),
        ("Le bac.&nbsp; <br /><br />&nbsp; ", "Le bac."),
        ("", ""),
        ("<p></p>", ""),
        ("Écrire à jo@lenne.example", "Écrire à …"),
        ("AT&T, R&D; 3 &lt;3", "AT&T, R&D; 3 <3"),
    ],
)
def test_a_description_is_plain_text(written, plain):
    assert plain_description(written) == plain


def test_a_description_without_end_is_cut():
    assert len(plain_description("mot " * 100_000)) <= LONGEST
