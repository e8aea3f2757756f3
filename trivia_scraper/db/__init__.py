"""Venues, events, hosts, images, history and runs in a database. Knows nothing of a crawl."""
