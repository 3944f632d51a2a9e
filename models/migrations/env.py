"""Alembic's entry: migrations run on the connection that `models.database.migrate` hands over."""

from alembic import context

from models.database import Base, every_model

every_model()
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
