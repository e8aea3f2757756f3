"""Parse text of pages into values. Pure functions, without crawl, database or files."""
