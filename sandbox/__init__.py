"""The publishers' web sites as one local server: the demo's and the tests' internet.

A client sends what would be https://host/path?query to http://127.0.0.1:PORT/host/path?query. What it is asked over
`/_sandbox/` changes what the sites answer: see control.py, and client.py for the same from Python. A publisher is one
module with its hosts, its pages and its images, or a folder of recorded pages: see replay.py. recorder.py and
page_fetcher.py, behind `scrapy record`, make such folders.
"""
