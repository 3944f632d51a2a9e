"""Whether a page costs more when the link or the table already holds much.

python -m bench.growth [rows] [rounds]

The same run, which changes the same thousand copies out of a page of changes, is timed in three
databases in alternation: one that holds these thousand only, one whose link holds a million, and one
where ten thousand links hold a hundred each. The tables are filled by SQL, each link's rows scattered
over them.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from psycopg.types.json import Jsonb

from bench.apart import Apart, apart
from bench.measure import Rounds, show
from bench.stand import ADDRESS, Shop, Stand, Worker, fill_catalogue, open_stand, servers
from bench.stock_partner import CHANGED, StockPartner, stock_partner
from models.database import connect
from providers.stock_api import StockApi
from runtime.services import Services
from runtime.settings import RuntimeSettings
from workers.queries import SQL
from workers.visits import fingerprint_context

LISTED = 100_000
OWN = LISTED // 100
"""Lines of the partner's list, and how many of them change."""
A_LINK = 100
HELD_BY = 50
"""Where there are many links: lines of each, and links that hold the same book."""
MOST = 1.3


def fill(here: Stand, books: int, links: int) -> Shop:
    """Have one shop hold all the books, or many others hold a hundred each beside its thousand."""
    changing, others = range(CHANGED, LISTED, 100), range(LISTED, LISTED + books - OWN)
    fill_catalogue(here.db, [*changing, *others])
    shop = here.shop("Librairie")
    own = OWN if links else books
    here.db.execute(OTHER_SHOPS, {"links": links, "address": ADDRESS})
    here.db.execute(OFFERS, {"shop": shop.link, "own": own, "classes": max(1, books // A_LINK)})
    here.db.execute(COPIES)
    _follow_changes(here, shop)
    here.settle()
    return shop


OTHER_SHOPS = """
    WITH structure AS (INSERT INTO offerer (siren, name)
        SELECT 500000000 + number, 'Ailleurs' FROM generate_series(1, %(links)s) AS number
        RETURNING id, siren),
    place AS (INSERT INTO venue (offerer_id, name, siret)
        SELECT id, 'Ailleurs', siren || '00011' FROM structure RETURNING id)
    INSERT INTO link (venue_id, provider, identifier, settings, "interval")
    SELECT id, 'stock-api', %(address)s, '{}', '1 hour' FROM place"""
OFFERS = """
    INSERT INTO offer (venue_id, link_id, provider, product_id, category, title, description, image_url)
    SELECT link.venue_id, link.id, 'stock-api', product.id, 'livre', product.title, product.description,
        product.image_url
    FROM (
        SELECT id AS product_id, %(shop)s AS link_id FROM product WHERE id <= %(own)s
        UNION ALL
        SELECT product.id, link.id FROM product
        JOIN link ON link.id %% %(classes)s = product.id %% %(classes)s WHERE link.id <> %(shop)s
    ) AS held JOIN product ON product.id = product_id JOIN link ON link.id = link_id
    ORDER BY hashint8(product_id), link_id"""
COPIES = """
    INSERT INTO stock (offer_id, ref, price, counting, remaining_at_provider, snapshot_at, quantity)
    SELECT offer.id, 'copies', product.price, 'shelf', 3, now(), 3
    FROM offer JOIN product ON product.id = offer.product_id ORDER BY offer.id"""


def _follow_changes(here: Stand, shop: Shop) -> None:
    """Have the shop's next run read what changed, as after a whole reading of a moment ago."""
    row = here.db.execute(SQL["link_of_run"], {"link": shop.link}).fetchone()
    assert row is not None
    context = fingerprint_context(StockApi(), {}, row, deducts=StockApi.traits.deducts_our_bookings)
    here.db.execute(
        "UPDATE link SET context = %s, cursor = %s, full_at = now() WHERE id = %s",
        [context, Jsonb({"since": "2026-01-01T00:00:00Z"}), shop.link],
    )


class Held:
    """One of the databases, and a worker for it."""

    def __init__(self, here: Stand, shop: Shop, worker: Apart) -> None:
        self.here, self.shop, self.worker = here, shop, worker

    def run(self) -> float:
        """Change the thousand copies once; gives seconds."""
        run = self.here.ask(self.shop, whole=False)
        spent = self.worker.call("run", run)
        changed = self.here.counters(run)["items"].get("changed", 0)
        if changed != OWN:
            raise RuntimeError(f"{changed} lines changed")
        return spent.seconds


@contextmanager
def database(
    running: Services, settings: RuntimeSettings, partner: StockPartner, name: str
) -> Iterator[Stand]:
    """Make another database of the same server for the length of the block."""
    with connect(running.database_url) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    address = running.database_url.replace("/passerelle?", f"/{name}?", 1)
    with open_stand(running, settings, partner, address) as here:
        yield here


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    sizes = {"small": (OWN, 0), "large": (rows, 0), "many": (max(OWN, rows // HELD_BY), rows // A_LINK)}
    figures = Rounds()
    with ExitStack() as stack:
        partner = stack.enter_context(stock_partner(LISTED))
        running, settings = stack.enter_context(servers())
        held = dict[str, Held]()
        for name, (books, links) in sizes.items():
            here = stack.enter_context(database(running, settings, partner, f"bench_{name}"))
            shop = fill(here, books, links)
            worker = stack.enter_context(apart(Worker, here.site))
            worker.call("warm_up", shop.link)
            held[name] = Held(here, shop, worker)
        for number in range(rounds + 1):
            partner.become("again" if number % 2 else "changed")
            for name, each in held.items():
                seconds = each.run()
                if number:  # the first one wakes the tables up
                    figures.add(name, seconds)
    tell(figures, rows, rounds)


def tell(figures: Rounds, rows: int, rounds: int) -> None:
    words: Mapping[str, str] = {
        "small": f"1 link × {OWN:,} rows",
        "large": f"1 link × {rows:,} rows",
        "many": f"{rows // A_LINK:,} links × {A_LINK} rows, and the same link",
    }
    table = [
        [
            words[name],
            f"{figures.median(name):.3f}",
            figures.spread(name, "{:.3f}"),
            f"{(ratio := figures.median(name) / figures.median('small')):.2f}",
            "" if ratio <= MOST else "missed",
        ]
        for name in words
    ]
    show(
        f"A run that changes {OWN:,} copies, by what its database holds: medians of {rounds} rounds",
        ["the tables hold", "seconds", "spread", "÷ the smallest", f"asked: ≤ {MOST}"],
        table,
    )


if __name__ == "__main__":
    main()
