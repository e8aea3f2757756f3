"""The publishers' web sites as one local server, for the demo and the tests.

A client sends the request for https://host/path?query to http://127.0.0.1:PORT/host/path?query. Requests to
`/_sandbox/` change what the sites answer: see control.py, and client.py for the same from Python. A publisher is one
module with its hosts, pages and images, or a folder of recorded pages: see replay.py. `scrapy record` makes such
folders with recorder.py and page_fetcher.py.
"""
