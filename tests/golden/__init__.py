"""Recorded behaviour of the whole product, compared after each step of a refactoring."""
