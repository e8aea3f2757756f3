"""Crawls on many machines. The queue is in the project's PostgreSQL database and uses procrastinate, an optional part.

A job is one crawl of one publisher: `scrapy crawl PUBLISHER -a _job=JOB` in its own process. If the heartbeat of a
worker stops, another worker takes its jobs. Locks in the database prevent two crawls of one publisher at a time.
"""
