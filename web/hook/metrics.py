"""Measures for Prometheus: this process's answers, and the ledger's runs as the database has them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from schedules.watch import SQL
from web.dependencies import OneHook, OneSession
from web.problems import documented

router = APIRouter(tags=["exploitation"])

RUNS = text("""
    SELECT provider, status, count(*) AS runs FROM sync_run JOIN link ON link.id = link_id
    WHERE status IN ('queued', 'running') OR finished_at > now() - interval '1 day'
    GROUP BY 1, 2 ORDER BY 1, 2
""")
WAITING = text("""
    SELECT names.queue, count(run.id) AS runs,
        coalesce(extract(epoch FROM clock_timestamp() - min(run.created_at)), 0) AS seconds
    FROM unnest(ARRAY['manual', 'stocks', 'agendas', 'catalogues']) AS names (queue)
    LEFT JOIN sync_run AS run ON run.queue = names.queue AND run.status = 'queued'
    GROUP BY 1 ORDER BY 1
""")
LINKS = text("SELECT provider, state, count(*) AS links FROM link GROUP BY 1, 2 ORDER BY 1, 2")
NOTICES = text("SELECT kind, count(*) AS notices FROM notice WHERE resolved_at IS NULL GROUP BY 1 ORDER BY 1")
STALE: Final = (60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 259_200)
STALENESS = text("""
    SELECT provider, width_bucket(seconds, CAST(:bounds AS double precision[])) AS bucket,
        count(*) AS number, sum(seconds) AS total
    FROM link_confirmed JOIN link ON link.id = link_id CROSS JOIN LATERAL (
        SELECT extract(epoch FROM clock_timestamp() - coalesce(confirmed_at, created_at))::double precision
            AS seconds
    ) AS stale
    WHERE link.state = 'active' GROUP BY 1, 2 ORDER BY 1, 2
""")
LATE: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 900)
HINT_TO_ROW = text("""
    SELECT provider, width_bucket(seconds, CAST(:bounds AS double precision[])) AS bucket,
        count(*) AS number, sum(seconds) AS total
    FROM sync_run JOIN link ON link.id = link_id CROSS JOIN LATERAL (
        SELECT extract(epoch FROM finished_at - hinted_at)::double precision AS seconds) AS late
    WHERE hinted_at IS NOT NULL AND status IN ('succeeded', 'partial', 'review')
      AND finished_at > now() - interval '1 day'
    GROUP BY 1, 2 ORDER BY 1, 2
""")


@router.get(
    "/metrics",
    response_class=Response,
    responses=documented(503)
    | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus"}},
)
def read_metrics(hook: OneHook, db: OneSession) -> Response:
    """Donne les mesures ; elles ne nomment aucun lieu."""
    ledger = CollectorRegistry()
    ledger.register(_Ledger(db))
    return Response(
        generate_latest(hook.measures.registry) + generate_latest(ledger), media_type=CONTENT_TYPE_LATEST
    )


class _Ledger:
    """The database's part, read when it is asked for."""

    def __init__(self, db: Session) -> None:
        self._db = db

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        """Give the measures, each by one statement."""
        runs = GaugeMetricFamily(
            "passerelle_runs", "Runs that are open, or ended in the last day.", labels=["provider", "status"]
        )
        for row in self._db.execute(RUNS):
            runs.add_metric([row.provider, row.status], row.runs)
        waiting = GaugeMetricFamily("passerelle_queue_runs", "Runs that wait.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "passerelle_queue_oldest_seconds", "How long the oldest of them waits.", labels=["queue"]
        )
        for row in self._db.execute(WAITING):
            waiting.add_metric([row.queue], row.runs)
            oldest.add_metric([row.queue], float(row.seconds))
        links = GaugeMetricFamily("passerelle_links", "Links by state.", labels=["provider", "state"])
        for row in self._db.execute(LINKS):
            links.add_metric([row.provider, row.state], row.links)
        overdue = GaugeMetricFamily(
            "passerelle_overdue_seconds", "How long the link that is due longest has waited for a run."
        )
        late = self._db.connection().exec_driver_sql(SQL["late_providers"], {"late": timedelta(0)})
        overdue.add_metric([], max((row.ago.total_seconds() for row in late), default=0.0))
        notices = GaugeMetricFamily("passerelle_open_notices", "Questions that wait.", labels=["kind"])
        for row in self._db.execute(NOTICES):
            notices.add_metric([row.kind], row.notices)
        staleness = self._spread(
            "passerelle_staleness_seconds",
            "Since when the partners of the active links were last asked about all that they list.",
            STALENESS,
            STALE,
        )
        hinted = self._spread(
            "passerelle_hint_to_row_seconds",
            "From a hint to the rows it led to, of the runs of the last day: the first hint of several.",
            HINT_TO_ROW,
            LATE,
        )
        return [runs, waiting, oldest, links, overdue, notices, staleness, hinted]

    def _spread(
        self, name: str, said: str, query: TextClause, bounds: Sequence[int]
    ) -> HistogramMetricFamily:
        """Give a histogram by provider of how things stand now: its counts go down as well as up.

        A value that is exactly a bound counts in the bucket above it.
        """
        found: dict[str, tuple[list[int], float]] = {}
        for row in self._db.execute(query, {"bounds": [float(bound) for bound in bounds]}):
            numbers, total = found.get(row.provider, ([0] * (len(bounds) + 1), 0.0))
            numbers[row.bucket] = row.number
            found[row.provider] = (numbers, total + row.total)
        family = HistogramMetricFamily(name, said, labels=["provider"])
        names = [*(f"{float(bound)}" for bound in bounds), "+Inf"]
        for provider, (numbers, total) in found.items():
            family.add_metric([provider], list(zip(names, accumulate(numbers), strict=True)), total)
        return family
