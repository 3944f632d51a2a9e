"""What an import would change: the same reading and the same plan, with nothing applied."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.errors import TransientError
from workers.counts import Counts
from workers.desk import Desk
from workers.endings import was_edited
from workers.levels import LEVEL
from workers.listed import conclude_counts, preview_waiting
from workers.listing import Listing
from workers.notices import listed_in
from workers.pages import read_page
from workers.plan import preview_page
from workers.products import PRODUCT
from workers.queries import BOOKS, SQL
from workers.settle import count_judgement, judge, note_gone, review_question
from workers.tables import make_tables
from workers.visits import Site, open_source

COPIES = (
    *(SQL[name] for name in ("copy_offers", "copy_stocks", "copy_source_items", "copy_withdrawal_items")),
    *(
        BOOKS[name]
        for name in ("copy_list_pages", "copy_stock_list", "copy_lines_to_read", "copy_quarantine")
    ),
)
MOST = 1000
"""Changes that are told one by one; the counts are always of all."""


@dataclass(slots=True)
class Preview:
    """What an import would do: its counts, the offers it touches, what it would take away.

    `review`: the guard would hold the losses back, and this is the question it would ask.
    """

    counts: Counts
    changes: list[dict[str, Any]] = field(default_factory=list)
    losses: list[dict[str, Any]] = field(default_factory=list)
    review: str = ""
    shortfall: str | None = None

    def tell(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Add a page's changes; an offer that an earlier page changed already is told once."""
        told = {change["ref"]: change for change in self.changes}
        for change in changes:
            before = told.get(change["ref"])
            if before is not None:
                made, changed = before["dates_made"], before["dates_changed"]
                before.update(change, action=before["action"])
                before["dates_made"] += made
                before["dates_changed"] += changed
            elif len(self.changes) < MOST:
                self.changes.append(dict(change))


def preview(
    link_id: int,
    site: Site,
    *,
    settings: Mapping[str, Any] | None = None,
    heart: Callable[[], None] = lambda: None,
    on_page: Callable[[Counts, int | None], None] = lambda *_: None,
    found: Preview | None = None,
) -> Preview:
    """Read a link's source as a full import would, and give the plan; no table of ours is written.

    Parameters
    ----------
    found
        Where the plan is told as it is made: of a reading that fails, what would be written before.
    settings
        What the link's settings would become; None: they stay.
    heart
        Called while we wait for the partner; what it raises ends the preview.

    Raises
    ------
    PartnerError
        What the import would fail with.
    """
    run: dict[str, Any] = {
        "id": 0,
        "link_id": link_id,
        "lease_token": None,
        "cursor": None,
        "mode": "full",
        "only_refs": None,
        "traversals": 1,
    }
    found = found or Preview(Counts())
    with Desk(site.database_url, site.settings) as desk:
        connection = desk.connection
        connection.execute(SQL["prepare_preview"])
        make_tables(connection)
        connection.execute(BOOKS["prepare_preview"])
        for statement in COPIES:
            connection.execute(statement, {"link": link_id})
        with open_source(site, connection, link_id, run, heart, written=settings) as source:
            client = source.visit.http
            trusted = source.same_context and settings is None
            is_list = source.provider.traits.primary == LEVEL
            listing = Listing(source, 0, trusted=trusted) if is_list else None
            if source.provider.traits.primary == PRODUCT:
                connection.execute(BOOKS["prepare_preview_of_products"])
            for page in source.provider.fetch(source.visit):
                if listing is None:
                    counts, changes = preview_page(connection, source, read_page(connection, source, page))
                else:
                    listing.take(connection, page)
                    counts, changes = preview_waiting(connection, source, listing.waiting)
                    listing.written()
                found.counts.add(counts)
                found.counts.requests, found.counts.bytes = client.requests, client.received
                found.tell(changes)
                found.shortfall = page.shortfall or found.shortfall
                on_page(found.counts, page.estimate)
                if page.last:
                    break
            else:
                raise TransientError("ended_early", f"{source.provider.label} n’a pas tout envoyé.")
            with connection.transaction():
                snapshot = not (page.unmodified or page.unidentified)
                if snapshot:
                    note_gone(connection, source, listing.pages if listing else None)
                if listing is not None:
                    conclude_counts(connection, source, found.counts)
                judgement = judge(
                    connection,
                    source,
                    listed=found.counts.items["read"] if snapshot else None,
                    edited=settings is not None or was_edited(connection, source),
                )
            found.counts.add(count_judgement(judgement))
            found.losses = connection.execute(SQL["lost_titles"], source.names).fetchall()
            if judgement.why:
                found.review = review_question(judgement, listed_in(source.provider))
    return found
