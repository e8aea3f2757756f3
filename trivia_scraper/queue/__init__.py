"""Crawls on many machines. The queue lives in the store's PostgreSQL; its engine is procrastinate, an optional part.

A plan is a publisher's shards, a shard is a job, and a job is `scrapy crawl PUBLISHER -a shard=i/n -a _job=PLAN` in a
process of its own. A worker that dies is noticed by its heartbeat, and another one takes its jobs; that no two run one
shard is the business of the store's locks.
"""
