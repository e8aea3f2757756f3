"""The formats of `scrapy export`: a module per format, with a function `write`."""
