"""Text of pages to values: pure functions that know no crawl, database or file."""
