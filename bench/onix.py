"""An ONIX message read into product records, beside lxml's bare iterparse of the same file; and its memory.

python -m bench.onix [products] [rounds]
"""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from bench import catalogue
from bench.measure import Rounds, show
from providers.base import Visit
from providers.http import PoliteClient
from providers.onix import PROVIDER
from providers.onix.settings import OnixSettings

NOW = datetime(2030, 1, 2, tzinfo=UTC)
PRODUCT = "{http://ns.editeur.org/onix/3.0/reference}Product"

MEMORY = """
import resource, sys
from pathlib import Path
from bench.onix import read, visit
read(visit(Path(sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def visit(path: Path) -> Visit[Any]:
    return Visit(path.as_uri(), OnixSettings(), lambda: NOW, PoliteClient(), path.parent)


def read(here: Visit[Any]) -> int:
    """Read all products into records, each forgotten at once."""
    number = 0
    for page in PROVIDER.fetch(here):
        for item in page.items:
            PROVIDER.normalise(item, here)
            number += 1
    return number


def identify(here: Visit[Any]) -> int:
    return sum(len(page.items) for page in PROVIDER.fetch(here))


def parse(path: Path) -> int:
    """Meet each element once, as a loop over iterparse does, and let go of each product."""
    number = 0
    for _, element in etree.iterparse(path):
        if element.tag == PRODUCT:
            number += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return number


def parse_products(path: Path) -> int:
    """Meet nothing but the products: the tree is built and never looked into."""
    number = 0
    for _, element in etree.iterparse(path, tag=PRODUCT):
        number += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return number


def peak(path: Path) -> float:
    """Give the most memory that a process of its own holds to read a message, in MB."""
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    )
    return int(told.stdout) / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    found = Rounds()
    with tempfile.TemporaryDirectory() as folder:
        path, small = Path(folder) / "catalogue.xml", Path(folder) / "small.xml"
        catalogue.write(path, count)
        catalogue.write(small, max(1, count // 10))
        size = path.stat().st_size
        here = visit(path)
        read(visit(small))  # imports and tables, once
        for _ in range(rounds):
            found.take("peer", lambda: parse(path))
            found.take("products", lambda: parse_products(path))
            found.take("read", lambda: read(here))
            found.take("identified", lambda: identify(here))
        peaks = peak(small), peak(path)
    what = {
        "peer": "lxml iterparse, each element met, none read",
        "products": "lxml iterparse of the products only (tag=…), none looked into",
        "read": "read: every product a record",
        "identified": "identified: all that an unchanged message costs",
    }
    show(
        f"ONIX message of {count:,} products, {size / 1e6:.0f} MB, medians of {rounds}",
        ["", "seconds", "spread", "products/s", "÷ iterparse", "÷ iterparse(tag)"],
        [
            [
                words,
                f"{found.median(name):.2f}",
                found.spread(name),
                f"{count / found.median(name):,.0f}",
                f"{found.median(name) / found.median('peer'):.2f}",
                f"{found.median(name) / found.median('products'):.2f}",
            ]
            for name, words in what.items()
        ],
    )
    show(
        "Most memory held",
        ["products", "MB", "÷ the smaller"],
        [
            [f"{count // 10:,}", f"{peaks[0]:.1f}", "1.00"],
            [f"{count:,}", f"{peaks[1]:.1f}", f"{peaks[1] / peaks[0]:.2f}"],
        ],
    )


if __name__ == "__main__":
    main()
