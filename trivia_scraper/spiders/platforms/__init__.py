"""Base classes of publishers' spiders, one per website software."""
