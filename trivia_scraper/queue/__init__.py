"""Crawls on many machines. The queue lives in the store's PostgreSQL; its engine is procrastinate, an optional part.

A job is one publisher's crawl: `scrapy crawl PUBLISHER -a _job=JOB` in a process of its own. A worker that dies is
noticed by its heartbeat, and another one takes its jobs. The database's locks keep two crawls of one publisher apart.
"""
