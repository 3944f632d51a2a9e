"""Tries a source of messages and says in French what it would bring."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from models.vocabulary import SENTENCES, Form
from providers.base import Check, CheckState, Item, Limits, Visit
from providers.errors import DataError
from providers.onix import messages, record
from providers.onix.document import Document
from providers.onix.identity import identify
from providers.onix.settings import OnixSettings
from providers.onix.supply import PARIS
from providers.records import LeftOut, ProductRecord
from providers.text import counted, typeset

MOST_TRIED: Final = 500
"""Products that are read: a person waits."""

SAMPLES: Final = 3


@dataclass(slots=True)
class _Found:
    records: list[ProductRecord] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    priced: int = 0
    deleted: int = 0


def check(visit: Visit[OnixSettings], limits: Limits) -> Iterator[Check]:
    """Give the checks `messages`, `message` and `products`; raises what an import would raise."""
    listed = messages.listed(visit)
    newest = listed[-1]
    if newest.stamp:
        yield Check(
            "messages",
            CheckState.OK,
            typeset(
                f"Le dossier contient {counted(len(listed), 'message')} ; le dernier est « {newest.name} »."
            ),
            {"messages": len(listed), "newest": newest.name},
        )
    with (
        messages.spooled(newest, visit, limit=limits.body, conditional=False) as spooled,
    ):
        if spooled is None:
            return
        with messages.opened(spooled.path, limits.body) as (document, _):
            today = visit.clock().astimezone(PARIS).date()
            blocks = islice(document.products(), MOST_TRIED)
            items = [identify(block, document.envelope, today).item for block in blocks]
            yield _message(document, len(items))
            if items:
                yield _products(items, visit)


def _message(document: Document, products: int) -> Check:
    envelope = document.envelope
    sender = f" de « {envelope.sender} »" if envelope.sender else ""
    sent = (
        f", envoyé le {envelope.order[6:8]}/{envelope.order[4:6]}/{envelope.order[:4]},"
        if envelope.order
        else ""
    )
    facts = {"sender": envelope.sender, "order": envelope.order, "products": products}
    if not products:
        return Check(
            "message", CheckState.WARNING, f"Le message{sender}{sent} ne contient aucune notice.", facts
        )
    more = "au moins " if products == MOST_TRIED else ""
    sentence = typeset(f"Le message{sender}{sent} contient {more}{counted(products, 'notice')}.")
    return Check("message", CheckState.OK, sentence, facts)


def _products(items: list[Item], visit: Visit[OnixSettings]) -> Check:
    found = _tried(items, visit)
    facts = {
        "left_out": dict(found.left_out),
        "wrong": dict(found.wrong),
        "with_price": found.priced,
        "deleted": found.deleted,
        "samples": [_line(each) for each in found.records[:SAMPLES]],
    }
    offered = len(found.records)
    if not offered:
        return Check(
            "products", CheckState.WARNING, typeset(f"Aucun livre à proposer. {_why(found)}".strip()), facts
        )
    few = "livre peut être proposé" if offered < 2 else "livres peuvent être proposés"
    price = f", dont {found.priced} avec un prix" if found.priced < offered else ""
    state = CheckState.OK if found.priced and not found.wrong else CheckState.WARNING
    examples = ", ".join(f"« {_line(each)} »" for each in found.records[:SAMPLES])
    sentence = f"{offered} {few}{price}. Par exemple : {examples}. {_why(found)}"
    return Check("products", state, typeset(sentence.strip()), facts)


def _tried(items: list[Item], visit: Visit[OnixSettings]) -> _Found:
    found = _Found()
    for item in items:
        if item.deleted:
            found.deleted += 1
            continue
        try:
            read = record.read(item, visit)
        except DataError as error:
            found.wrong[error.code] += 1
            continue
        if isinstance(read, LeftOut):
            found.left_out[read.reason] += 1
        elif read.refused is not None:
            found.left_out[read.refused] += 1
        else:
            found.records.append(read)
            found.priced += read.price.amount is not None
    return found


def _why(found: _Found) -> str:
    sentences = [f"{number} × {SENTENCES[reason]}" for reason, number in found.left_out.most_common()]  # type: ignore[index]
    if wrong := sum(found.wrong.values()):
        sentences.append(f"{counted(wrong, 'notice')} à corriger par l’expéditeur.")
    return " ".join(sentences)


def _line(product: ProductRecord) -> str:
    author = next((each.name for each in product.contributors), "")
    amount = product.price.amount
    price = "prix inconnu" if amount is None else f"{amount} €".replace(".", ",")
    form = {Form.DIGITAL: " (numérique)", Form.AUDIO: " (audio)"}.get(product.form, "")
    return ", ".join(part for part in (product.title + form, author, price) if part)
