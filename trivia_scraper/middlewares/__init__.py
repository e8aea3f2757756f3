"""Between the spiders and the engine: which of the listed venues are visited."""
