"""The migrations, up and down, and the classes that say the same."""

from datetime import date

from psycopg.types.json import Jsonb
from sqlalchemy import inspect

from models.database import Base, connect, downgrade, engine, every_model, migrate, sqlalchemy_url
from runtime.settings import RuntimeSettings


def test_migrations_go_down_to_nothing_and_up_again(database_url, db):
    downgrade(database_url)
    left = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert [row["tablename"] for row in left] == ["alembic_version"]
    routines = db.execute(
        "SELECT count(*) AS n FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    ).fetchone()
    assert routines["n"] == 0
    migrate(database_url, RuntimeSettings())
    assert db.execute("SELECT count(*) AS n FROM category").fetchone()["n"] == 10


def test_the_pages_of_a_list_say_the_same_when_their_refs_are_kept_apart(database_url, db):
    downgrade(database_url, "0011")
    link = db.execute(
        """INSERT INTO link (provider, identifier, "interval", next_run_at)
           VALUES ('csv-stock', '1', '1 hour', now()) RETURNING id"""
    ).fetchone()["id"]
    pages = [(3, "A\t1\nB\t2\tdeux\nA\t3", {"1": "B\t9\tneuf"}), (1, "C\t", {}), (0, "", {})]
    for place, (size, base, patch) in enumerate(pages):
        db.execute(
            "INSERT INTO list_page (link_id, place, digest, size, base, patch) VALUES (%s, %s, '', %s, %s, %s)",
            [link, place, size, base, Jsonb(patch)],
        )
    migrate(database_url, RuntimeSettings())
    rows = db.execute("SELECT size, refs, base, patch FROM list_page ORDER BY place").fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (2, "A\nB\nA", "1\n2\tdeux\n3", {"1": "9\tneuf"}),
        (1, "C", "", {}),
        (0, "", "", {}),
    ]
    downgrade(database_url, "0011")
    rows = db.execute("SELECT size, base, patch FROM list_page ORDER BY place").fetchall()
    assert [tuple(row.values()) for row in rows] == pages
    migrate(database_url, RuntimeSettings())


def test_every_class_has_the_columns_of_its_table(database_url):
    every_model()
    tables = inspect(engine(sqlalchemy_url(database_url)))
    for table in Base.metadata.sorted_tables:
        written = {column["name"]: column for column in tables.get_columns(table.name)}
        assert set(written) == set(table.columns.keys()), table.name
        for column in table.columns:
            if column.computed is None:
                assert written[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"


def test_the_publication_rule_is_the_operators(database_url, db):
    migrate(database_url, RuntimeSettings(paid_offers_from=date(2030, 1, 1)))
    assert db.execute("SELECT paid_offers_from AS day FROM publication_rule").fetchone()["day"] == date(
        2030, 1, 1
    )


def test_two_processes_migrate_at_once(services_for_tests, migrated):
    del migrated
    import threading  # noqa: PLC0415

    url = services_for_tests.url_of("migrated_twice")
    with connect(services_for_tests.admin_url) as admin:
        admin.execute("CREATE DATABASE migrated_twice")
        failures = []

        def run():
            try:
                migrate(url, RuntimeSettings())
            except Exception as error:  # noqa: BLE001
                failures.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        engine(url).dispose()
        admin.execute("DROP DATABASE migrated_twice WITH (FORCE)")
    assert failures == []
