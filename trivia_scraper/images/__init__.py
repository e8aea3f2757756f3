"""Fresh images for any Scrapy project: download, check, store. Knows nothing of venues, runs or the database."""
