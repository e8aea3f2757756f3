"""The formats of `scrapy export`: one module per format, whose function `write` writes it."""
