"""What others get of the store: pages, calendars, files. Reads only."""
