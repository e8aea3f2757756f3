"""A catalogue of pub-quiz nights, with photographs that are really fresh."""

__version__ = "0.1.0"
