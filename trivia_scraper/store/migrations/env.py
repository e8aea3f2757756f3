"""Alembic's entry point: the caller brings the connection and its transaction (see trivia_scraper.store.migrate)."""

from alembic import context

from trivia_scraper.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
