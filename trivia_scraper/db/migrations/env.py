"""Alembic's entry point. trivia_scraper.db.migrate passes the connection, inside a transaction."""

from alembic import context

from trivia_scraper.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
