"""A catalogue of pub-quiz nights with fresh images."""

__version__ = "0.2.0"
