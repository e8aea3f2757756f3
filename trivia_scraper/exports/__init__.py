"""Writes the stored events for other programs."""
