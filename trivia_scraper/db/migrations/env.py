"""Alembic's entry point: the caller brings the connection and its transaction (see trivia_scraper.db.migrate)."""

from alembic import context

from trivia_scraper.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
