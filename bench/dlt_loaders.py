"""dlt beside ours: `merge` as it comes, and with all that makes it quick. It is in the extra `bench`."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, ClassVar
from urllib.parse import quote

import sqlalchemy as sa

from bench.loaders import Loader, batches
from bench.stand import DLT_FOLDER

COLUMNS: Any = {
    "ref": {"data_type": "text", "nullable": False},
    "available": {"data_type": "bigint"},
    "price": {"data_type": "decimal", "precision": 10, "scale": 2},
}


def there() -> bool:
    """Whether dlt and what its quicker way needs are installed."""
    return all(
        find_spec(name) is not None for name in ("dlt", "pyarrow", "psycopg2", "adbc_driver_postgresql")
    )


class _Dlt(Loader):
    """Its working folder and its dataset are found again by the next process: a pipeline's second run.

    A merge brings in what is listed; it does not tell what is no longer listed.
    """

    file_format: ClassVar[Any] = None

    def open(self) -> None:
        os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
        os.environ["DLT_DATA_DIR"] = str(self.site.settings.data_dir / DLT_FOLDER)
        import dlt  # noqa: PLC0415 - it may not be installed

        self._pipeline = dlt.pipeline(
            "stocks",
            destination=dlt.destinations.postgres(credentials=self.address),
            dataset_name="peer",
        )
        self._resource = self.resource(dlt)

    @property
    def socket(self) -> str:
        return str(sa.make_url(self.site.database_url).query["host"])

    @property
    def address(self) -> str:
        """The database's address as dlt and ADBC read it: the socket's folder is the host."""
        url = sa.make_url(self.site.database_url)
        return f"postgresql://{url.username}:none@{quote(self.socket, safe='')}/{url.database}"

    def load(self) -> None:
        self._pipeline.run(self._resource, loader_file_format=self.file_format)

    def resource(self, dlt: Any) -> Any:
        raise NotImplementedError


class Dlt(_Dlt):
    """`write_disposition="merge"` on a primary key, and dlt's own choice of the rest."""

    name = "dlt"

    def resource(self, dlt: Any) -> Any:
        def line() -> Iterator[list[dict[str, Any]]]:
            for batch in batches(self.listed):
                yield [
                    {"ref": ref, "available": available, "price": price} for ref, available, price in batch
                ]

        return dlt.resource(line, primary_key="ref", write_disposition="merge", columns=COLUMNS)


class DltTuned(_Dlt):
    """Arrow tables, staged as Parquet, ingested in binary by ADBC, then upserted: the quickest found."""

    name = "dlt-tuned"
    file_format = "parquet"

    def resource(self, dlt: Any) -> Any:
        import pyarrow as pa  # noqa: PLC0415

        money = pa.decimal128(10, 2)
        schema = pa.schema(
            [pa.field("ref", pa.string(), False), pa.field("available", pa.int64()), pa.field("price", money)]
        )

        def line() -> Iterator[Any]:
            for batch in batches(self.listed, 100_000):
                refs, available, prices = zip(*batch, strict=True)
                arrays = [
                    pa.array(refs),
                    pa.array(available, pa.int64()),
                    pa.array(prices, pa.string()).cast(money),
                ]
                yield pa.table(arrays, schema=schema)

        return dlt.resource(
            line, primary_key="ref", write_disposition={"disposition": "merge", "strategy": "upsert"}
        )
